using LaunchStack.Operations.Monitoring.Snapshot;

namespace LaunchStack.Operations.Monitoring.Alarms;

/// <summary>Alarms about what samples pass on their way: rollups, outbox, arrival.</summary>
internal static class PipelineRules
{
    // A relay publishes within a second; a minute is a broker that is away.
    private static readonly TimeSpan OutboxAge = TimeSpan.FromMinutes(1);

    // Later than this is noted as a late change by the schema (0010-as-of).
    private const double LateSeconds = 300;
    private const double LateShare = 0.05;
    private const long MinSamples = 100;

    public static IReadOnlyList<AlarmRule> All { get; } =
    [
        new("rollup-behind", TimeSpan.FromSeconds(30), snapshot => snapshot.Rollups.SelectMany(Rollup)),
        new("outbox-waiting", TimeSpan.Zero, snapshot => snapshot.Outbox is { } outbox && outbox.OldestSeconds > OutboxAge.TotalSeconds
            ? [new Finding("", $"{outbox.Waiting} events wait in the outbox, the oldest for {Text.Span(outbox.OldestSeconds)}, longer than {Text.Span(OutboxAge.TotalSeconds)}.")]
            : []),
        new("outbox-unpublishable", TimeSpan.Zero, snapshot => snapshot.Outbox is { SetAside: > 0 } outbox
            ? [new Finding("", $"{outbox.SetAside} events can never be published as they are.")]
            : []),
        new("samples-late", TimeSpan.FromSeconds(20), Late),
    ];

    private static IEnumerable<Finding> Rollup(RollupState rollup)
    {
        if (rollup.PendingFrom is not null)
            yield return new(
                rollup.Name,
                $"{rollup.Name} lacks changes between {rollup.PendingFrom:u} and {rollup.PendingTo:u} ({rollup.PendingRanges} ranges); {(rollup.Watermark is { } until ? $"it is complete up to {until:u}" : "it has never been refreshed")}.",
                rollup.Grace);
    }

    private static IEnumerable<Finding> Late(DatabaseSnapshot snapshot)
    {
        if (snapshot.Lateness is { RecentSamples: >= MinSamples } lateness && lateness.RecentLateSamples > lateness.RecentSamples * LateShare)
            yield return new("", $"Of the last {lateness.RecentSamples} samples {lateness.RecentLateSamples} came more than {Text.Span(LateSeconds)} after their time.");
    }
}
