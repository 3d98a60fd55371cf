using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Writing;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>The way of a request of series, whatever protocol brought it: mapped, aggregated into rows, written, remembered.</summary>
internal sealed class SeriesIngest(
    SeriesCatalogs catalogs, InstanceNames names, StoredCounters counters, UnmappedSeries unmapped, IngestPipeline pipeline, BodyMemory memory, IOptions<MappingOptions> options)
{
    /// <summary>A batch for the parser to fill, then for <see cref="WriteAsync(SeriesBatch, CancellationToken)"/>.</summary>
    /// <exception cref="TooManyRequestsException">The queue is full: the body need not be read.</exception>
    /// <exception cref="LaunchStack.Usage.Database.DatabaseUnavailableException">The database is away: likewise.</exception>
    public SeriesBatch Open(HttpContext http)
    {
        var (owner, caller) = (SeriesOwner.Of(http), KeyIdentity.Of(http));
        var samples = pipeline.Open(caller, ConflictMode.Merge);
        return new(owner, catalogs.Take(owner), memory.Of(caller))
        {
            Caller = caller, Lender = catalogs, Samples = samples, Work = RequestWork.Of(http), Kept = SeriesAggregator.Kept(samples.Window, options.Value.Step),
        };
    }

    /// <summary>Ends after the commit.</summary>
    /// <param name="series">What the request held.</param>
    /// <param name="cancellationToken">Gives up before the rows are queued only.</param>
    /// <exception cref="TooManyRequestsException">The queue is full; nothing was kept.</exception>
    /// <exception cref="LaunchStack.Usage.Database.DatabaseUnavailableException">The database is away; sending again is harmless.</exception>
    public async Task<SeriesOutcome> WriteAsync(SeriesBatch series, CancellationToken cancellationToken)
    {
        var batch = series.Samples!;
        var registers = options.Value.RegisterInstances || series.Caller is { RegistersInstances: true };
        batch.NewNames = await names.ResolveAsync(series.Owner, registers, Instances(series), cancellationToken);
        using var start = await CounterStart.EnterAsync(Due(series, batch.Window), counters, cancellationToken);

        var aggregator = new SeriesAggregator(options.Value, batch.Window, series);
        var rows = aggregator.Aggregate();
        rows.CopyTo(batch);
        var outcome = await WriteAsync(batch, series, cancellationToken);
        var instances = rows.Instances();
        // What a row's time refused was never taken in.
        var refused = outcome.Rejected.Where(rejection => !IsAboutTime(rejection)).Select(rejection => instances[rejection.Index]).ToHashSet();
        await CommitAsync(aggregator, refused, series.Amending, cancellationToken);

        // That an id is nobody's is for the platform to know, not an error of the agent that sees all containers.
        foreach (var without in outcome.Rejected.Where(rejection => IsWithoutInstance(rejection.Code)).GroupBy(rejection => rejection.Code))
        {
            AddUnmapped(
                series, without.Select(rejection => instances[rejection.Index]).ToHashSet(),
                without.Key == RejectionCodes.InstanceLimit ? UnmappedReason.InstanceLimit : UnmappedReason.UnknownInstance);
        }
        var points = rows.Points();
        foreach (var kind in outcome.Rejected.Where(rejection => !IsWithoutInstance(rejection.Code)).GroupBy(rejection => rejection.Code))
            Refuse(series, kind.First(), kind.Select(rejection => instances[rejection.Index]).ToHashSet(), kind.Sum(rejection => points[rejection.Index]));
        unmapped.Add(series);
        return new(series.Values, series.UnmappedValues, series.Refused, outcome.Accepted + outcome.Duplicates, series.Refusals);
    }

    private async Task CommitAsync(SeriesAggregator aggregator, HashSet<Guid> refused, SemaphoreSlim amending, CancellationToken cancellationToken)
    {
        if (aggregator.Commit(refused.Contains))
            return;
        // One after the other: many that lost at once would lose to each other again and again.
        await amending.WaitAsync(cancellationToken);
        try
        {
            do
                await pipeline.AmendAsync(aggregator.Again().CopyTo, cancellationToken);
            while (!aggregator.Commit(refused.Contains));
        }
        finally
        {
            amending.Release();
        }
    }

    // A row is ours: its sender hears of the first of its own values in one.
    private static void Refuse(SeriesBatch series, UsageRejection rejection, HashSet<Guid> instances, int count)
    {
        var window = series.Samples!.Window;
        var reason = rejection.Code switch
        {
            RejectionCodes.TimestampAhead => $"timestamp: {SampleRules.Ahead}.",
            // The words by which Telegraf knows that it need not send again.
            RejectionCodes.TimestampTooOld => $"points beyond retention policy (timestamp: {SampleRules.TooOld(window)}).",
            _ => rejection.Detail,
        };
        SeriesPlace? first = null;
        if (IsAboutTime(rejection))
            first = series.Outside(rejection.Code == RejectionCodes.TimestampAhead).Cast<SeriesPlace?>().FirstOrDefault(place => IsOf(place!.Value.Series));
        else
        {
            foreach (var point in series.Points)
                first ??= IsOf(point.Series) ? new SeriesPlace(point.Series) : null;
        }
        series.Refuse(reason, first, count);

        bool IsOf(Series one) => one.Group!.Instance.Id is { } id && instances.Contains(id);
    }

    private static bool IsAboutTime(UsageRejection rejection) =>
        rejection.Code is RejectionCodes.TimestampAhead or RejectionCodes.TimestampTooOld;

    private static bool IsWithoutInstance(string code) => code is RejectionCodes.UnknownInstance or RejectionCodes.InstanceLimit;

    // The client hears of an instance by the name it has for it: whose id that is may be no business of its.
    private async Task<UsageOutcome> WriteAsync(UsageBatch batch, SeriesBatch series, CancellationToken cancellationToken)
    {
        try
        {
            return await pipeline.IngestPartsAsync(series.Caller, batch, cancellationToken);
        }
        catch (RequestException refusal) when (refusal.Extensions.TryGetValue("instance_id", out var foreign))
        {
            // Its name may lead elsewhere by now.
            var which = Instances(series).FirstOrDefault(instance => instance.Id == (Guid)foreign!) is { Name: var name } ? $"instance '{Printable.Of(name)}'" : "one of the instances";
            throw new RequestException(refusal.Status, $"The key may not write {which}.", refusal);
        }
    }

    private static void AddUnmapped(SeriesBatch series, HashSet<Guid> instances, UnmappedReason reason)
    {
        foreach (var point in series.Points)
        {
            if (point.Series.Group!.Instance.Id is { } id && instances.Contains(id))
                series.AddUnmapped(point.Series, reason);
        }
    }

    /// <summary>Makes each sum that of its instance, but for counters, which must first be looked up: these, each with the time of its first new value.</summary>
    public static Dictionary<SumGroup, long> Due(SeriesBatch series, SampleWindow window)
    {
        var groups = new Dictionary<SumGroup, long>();
        foreach (var point in series.Points)
        {
            var group = point.Series.Group!;
            if (!group.IsDue(point.Time) || group.Instance.Id is null)
                continue;
            if (group.Kind == SeriesKind.Counter)
                groups[group] = long.MaxValue;
            else
                group.GoOn(group.Instance.Target, null);
        }
        if (groups.Count == 0)
            return groups;
        // Of many steps in a row none is after a silence.
        foreach (var point in series.Points)
        {
            var group = point.Series.Group!;
            if (groups.TryGetValue(group, out var first) && point.Time < first && point.Time > group.Newest
                && SeriesAggregator.ToMicroseconds(point.Time) is var time && time >= window.Earliest && time <= window.Latest)
                groups[group] = point.Time;
        }
        foreach (var (group, first) in groups)
        {
            // Of values that no row can hold, the refusal names the instance.
            if (first == long.MaxValue)
                group.GoOn(group.Instance.Target, null);
            if (first == long.MaxValue || !group.IsDue(first))
                groups.Remove(group);
        }
        return groups;
    }

    private static HashSet<InstanceReference> Instances(SeriesBatch series)
    {
        var instances = new HashSet<InstanceReference>();
        foreach (var point in series.Points)
            instances.Add(point.Series.Group!.Instance);
        return instances;
    }
}
