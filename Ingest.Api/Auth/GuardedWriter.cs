using LaunchStack.ServiceDefaults.Authentication;
using LaunchStack.Ingest.Api.Instances;
using LaunchStack.Ingest.Api.Writing;
using LaunchStack.Storage.Writing;

namespace LaunchStack.Ingest.Api.Auth;

/// <summary>
/// What the request's key may do stands between every protocol and the writer: its instances, its rate, its registrations; and what the disk can hold.
/// </summary>
public sealed class GuardedWriter(
    UsageWriter writer, IHttpContextAccessor http, KeyLimits limits, KeyBinding binding, InstanceStore instances, DiskGuard disk) : IUsageWriter
{
    /// <inheritdoc/>
    public UsageBatch Rent(UsageConflict conflict = UsageConflict.Skip)
    {
        if (KeyIdentity.Of(http.HttpContext) is { } key)
            limits.RequireOpen(key);
        disk.RequireRoom();
        return writer.Rent(conflict);
    }

    /// <inheritdoc/>
    public async Task<UsageOutcome> WriteAsync(UsageBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (KeyIdentity.Of(http.HttpContext) is { } key && batch.Samples.Count > 0)
        {
            var unknown = await binding.CheckAsync(key, batch.Samples, key.RegistersInstances, cancellationToken);
            limits.TakeSamples(key, batch.Samples.Count);
            if (key.RegistersInstances && unknown.Count > 0)
                await RegisterAsync(key, unknown, cancellationToken);
        }
        return await writer.WriteAsync(batch, cancellationToken);
    }

    private async Task RegisterAsync(ApiKey key, List<Guid> unknown, CancellationToken cancellationToken)
    {
        limits.TakeInstances(key, unknown.Count);
        foreach (var instance in unknown)
        {
            await instances.PutAsync(instance, null, key.UserId, cancellationToken);
            binding.Forget(instance);
        }
    }
}
