using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Instances;
using LaunchStack.Ingest.Api.Writing;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Ingest.Api.Auth;

/// <summary>
/// What the request's key may do stands between every protocol and the writer: its instances, its rate, its registrations; and what the disk can hold.
/// </summary>
public sealed class IngestPipeline(
    UsageWriter writer, IHttpContextAccessor http, KeyLimits limits, KeyBinding binding, InstanceStore instances, DiskGuard disk, BodyMemory memory)
    : IUsageWriter
{
    /// <inheritdoc/>
    public UsageBatch Rent(ConflictMode conflict = ConflictMode.Skip)
    {
        if (KeyIdentity.Of(http.HttpContext) is { } key)
            limits.RequireOpen(key);
        disk.RequireRoom();
        var batch = writer.Rent(conflict);
        batch.Samples.Budget = memory;
        return batch;
    }

    /// <inheritdoc/>
    public async Task<UsageOutcome> WriteAsync(UsageBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Samples.Count > 0)
            await AdmitAsync(KeyIdentity.Of(http.HttpContext), batch, cancellationToken);
        return await writer.WriteAsync(batch, cancellationToken);
    }

    // In this order: what is refused has registered nothing.
    private async Task AdmitAsync(ApiKey? key, UsageBatch batch, CancellationToken cancellationToken)
    {
        var registers = key is { RegistersInstances: true };
        var unknown = await binding.CheckAsync(key, batch.Samples, registers || batch.NewNames.Count > 0, cancellationToken);
        if (!registers)
            unknown.RemoveAll(instance => !batch.NewNames.ContainsKey(instance));
        if (key is not null)
        {
            limits.TakeSamples(key, batch.Samples.Count);
            if (unknown.Count > 0)
                limits.TakeInstances(key, unknown.Count);
        }
        foreach (var instance in unknown)
            await RegisterAsync(instance, batch.NewNames.GetValueOrDefault(instance), key?.UserId, cancellationToken);
    }

    private async Task RegisterAsync(Guid instance, string? name, Guid? user, CancellationToken cancellationToken)
    {
        try
        {
            await instances.PutAsync(instance, name, user, cancellationToken);
            binding.Forget(instance);
        }
        catch (RequestException) when (name is not null)
        {
            // The original's generation 3 takes no instance without a user: its samples stay unmapped.
        }
    }
}
