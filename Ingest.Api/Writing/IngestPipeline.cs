using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Auth;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Instances;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Ingest.Api.Writing;

/// <summary>
/// The way of every request, whatever its protocol: opened before its body is read, admitted (the key's instances and limits, the
/// registry), queued, committed.
/// </summary>
public sealed class IngestPipeline(IUsageWriter writer, InstanceRegistry instances, KeyLimits limits, DiskGuard disk, BodyMemory memory)
{
    /// <summary>An empty batch, or a refusal before the body is read.</summary>
    /// <param name="caller">The request's key; null for the admin key.</param>
    /// <param name="conflict">What a sample does whose identity is there already.</param>
    /// <exception cref="TooManyRequestsException">The key's rate is used up, or the queue is full.</exception>
    /// <exception cref="LaunchStack.Usage.Database.DatabaseUnavailableException">The database is away, or its disk nearly full.</exception>
    public UsageBatch Open(ApiKey? caller, ConflictMode conflict)
    {
        if (caller is not null)
            limits.RequireOpen(caller);
        disk.RequireRoom();
        var batch = writer.CreateBatch(conflict);
        batch.Samples.Budget = memory.Of(caller);
        return batch;
    }

    /// <summary>Commits what may be; ends after the commit.</summary>
    /// <param name="caller">As in <see cref="Open"/>.</param>
    /// <param name="batch">From <see cref="Open"/>; disposed of by the caller after this has ended.</param>
    /// <param name="cancellationToken">Gives up before the samples are queued only.</param>
    /// <exception cref="RequestException">403, naming the first sample of another's instance.</exception>
    /// <exception cref="TooManyRequestsException">A limit of the key is used up, or the queue is full; nothing was kept.</exception>
    /// <exception cref="LaunchStack.Usage.Database.DatabaseUnavailableException">The database is away; sending again is harmless.</exception>
    public Task<UsageOutcome> IngestAsync(ApiKey? caller, UsageBatch batch, CancellationToken cancellationToken) =>
        IngestAsync(caller, batch, isWhole: true, cancellationToken);

    /// <summary>
    /// As <see cref="IngestAsync(ApiKey?, UsageBatch, CancellationToken)"/>, for senders that have no say in what else their request holds: another's instance, or one
    /// beyond the day's new ones, costs its own samples (<see cref="RejectionCodes.UnknownInstance"/>, <see cref="RejectionCodes.InstanceLimit"/>).
    /// </summary>
    /// <inheritdoc cref="IngestAsync(ApiKey?, UsageBatch, CancellationToken)"/>
    /// <exception cref="RequestException">403: there is nothing but samples of others' instances.</exception>
    public Task<UsageOutcome> IngestPartsAsync(ApiKey? caller, UsageBatch batch, CancellationToken cancellationToken) =>
        IngestAsync(caller, batch, isWhole: false, cancellationToken);

    /// <summary>Commits what samples that were admitted turned out to need besides: limits and the registry are not asked again.</summary>
    /// <param name="fill">Adds the samples; they are merged.</param>
    /// <param name="cancellationToken">Gives up before the samples are queued only.</param>
    /// <exception cref="TooManyRequestsException">The queue is full; nothing of it was kept.</exception>
    /// <exception cref="LaunchStack.Usage.Database.DatabaseUnavailableException">The database is away; sending the request again is harmless.</exception>
    public async Task AmendAsync(Action<UsageBatch> fill, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fill);
        using var batch = writer.CreateBatch(ConflictMode.Merge);
        batch.Samples.Budget = memory;
        fill(batch);
        await writer.WriteAsync(batch, cancellationToken);
    }

    private async Task<UsageOutcome> IngestAsync(ApiKey? caller, UsageBatch batch, bool isWhole, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Samples.Count > 0)
            await AdmitAsync(caller, batch, isWhole, cancellationToken);
        else if (caller is not null && batch.Rejections.Count > 0)
            limits.TakeSamples(caller, batch.Rejections.Count);
        return await writer.WriteAsync(batch, cancellationToken);
    }

    // In this order: what is refused has registered nothing.
    private async Task AdmitAsync(ApiKey? caller, UsageBatch batch, bool isWhole, CancellationToken cancellationToken)
    {
        if (caller?.InstanceId is { } own)
            Refuse(batch, instance => instance != own, isWhole);
        var check = await CheckAsync(caller, batch, isWhole, cancellationToken);
        var newcomers = check.Missing.Where(id => caller is { RegistersInstances: true } || batch.NewNames.ContainsKey(id)).ToList();
        HashSet<Guid> beyond = [];
        if (caller is not null)
        {
            // A rejected one was read as well, and has an entry in the answer.
            limits.TakeSamples(caller, batch.Samples.Count + batch.Rejections.Count);
            if (newcomers.Count > 0)
                beyond = TakeInstances(caller, newcomers, isWhole);
        }
        if (newcomers.Count > 0)
        {
            await RegisterAsync(caller, batch, newcomers, cancellationToken);
            // Somebody else's registration may have come first.
            check = await CheckAsync(caller, batch, isWhole, cancellationToken);
        }
        if (beyond.Count > 0)
            batch.RejectInstances(id => beyond.Contains(id) && check.Missing.Contains(id), RejectionCodes.InstanceLimit, "beyond the key's new_instances_per_day.");
        if (check.Missing.Count + check.Deleted.Count > 0)
            batch.RejectUnknown(id => !check.Missing.Contains(id) && !check.Deleted.Contains(id));
    }

    // Those that may not be registered today are taken off the others.
    private HashSet<Guid> TakeInstances(ApiKey caller, List<Guid> newcomers, bool isWhole)
    {
        if (isWhole)
        {
            limits.TakeInstances(caller, newcomers.Count);
            return [];
        }
        var taken = limits.TakeSomeInstances(caller, newcomers.Count);
        var beyond = newcomers[taken..].ToHashSet();
        newcomers.RemoveRange(taken, beyond.Count);
        return beyond;
    }

    private async ValueTask<InstanceCheck> CheckAsync(ApiKey? caller, UsageBatch batch, bool isWhole, CancellationToken cancellationToken)
    {
        var check = await instances.CheckAsync(batch.Samples, caller?.UserId, cancellationToken);
        if (check.Foreign.Count > 0)
            Refuse(batch, check.Foreign.Contains, isWhole);
        return check;
    }

    private async Task RegisterAsync(ApiKey? caller, UsageBatch batch, List<Guid> newcomers, CancellationToken cancellationToken)
    {
        var refused = await instances.RegisterAsync(
            newcomers.Select(id => new NewInstance(id, batch.NewNames.GetValueOrDefault(id), caller?.UserId)), cancellationToken);
        foreach (var id in newcomers)
        {
            // The original's generation 3 takes no instance without a user: samples by name stay unmapped.
            if (refused.TryGetValue(id, out var reason) && !batch.NewNames.ContainsKey(id))
                throw new InstanceException(reason);
        }
    }

    // In parts, as an instance that nobody has registered: whether there is one is no business of the caller's.
    private static void Refuse(UsageBatch batch, Func<Guid, bool> isForeign, bool isWhole)
    {
        if (!isWhole && HasOther(batch.Samples.Rows, isForeign))
        {
            batch.RejectUnknown(id => !isForeign(id));
            return;
        }
        foreach (ref readonly var row in batch.Samples.Rows)
        {
            if (isForeign(row.Instance))
            {
                throw new RequestException(StatusCodes.Status403Forbidden, $"The key may not write instance {row.Instance} (sample {row.Index}).")
                {
                    Extensions = { ["index"] = row.Index, ["instance_id"] = row.Instance },
                };
            }
        }
    }

    private static bool HasOther(ReadOnlySpan<SampleRow> rows, Func<Guid, bool> isForeign)
    {
        foreach (ref readonly var row in rows)
        {
            if (!isForeign(row.Instance))
                return true;
        }
        return false;
    }
}
