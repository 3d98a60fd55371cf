using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// Lets a sum of counters that is new to this process, or that somebody else may have written meanwhile, go on from what is stored. Which
/// series joined or left it before a restart, or before it was forgotten, nobody knows any more: begun anew, it would leap or fall by all that they have counted. Where its totals add up to what is
/// stored and what a network moves meanwhile, nothing has come or gone, and it goes on with these; elsewhere what was counted since the stored row is left out.
/// That is the newest row, also where older values are sent again first: a row below it would be taken for a restart.
/// Requests that ask at the same time share a statement.
/// </summary>
internal sealed class StoredCounters(UsageReader reader)
{
    private readonly BatchLoader<(Guid Instance, long Time), IReadOnlyDictionary<Guid, CounterReadings>> _readings =
        new(counters => reader.CountersAsync(counters, CancellationToken.None));

    /// <summary>Reads what the groups stood at last, each with the time of its first value (as in <see cref="PostgresTime"/>).</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public async Task GoOnAsync(IReadOnlyCollection<(SumGroup Group, long Time)> groups, CancellationToken cancellationToken)
    {
        if (groups.Count == 0)
            return;
        // A name may lead elsewhere by the time they are found.
        var due = groups.Select(group => (group.Group, group.Group.Instance.Target, group.Time)).ToList();
        var found = await _readings.LoadAsync(due.Select(group => (group.Target.Instance, group.Time)), cancellationToken);
        foreach (var (group, target, _) in due)
            group.GoOn(target, Of(group.Column, found.GetValueOrDefault(target.Instance)) is { } stored ? StoredSum.Of(stored) : null);
    }

    // Another column that a rule fills with a counter has no reading to go on from: it begins as one that was never stored.
    private static CounterReading? Of(Measure column, in CounterReadings readings) => column switch
    {
        Measure.NetworkIn => readings.NetworkIn,
        Measure.NetworkOut => readings.NetworkOut,
        _ => null,
    };
}
