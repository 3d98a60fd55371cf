using System.Text.Json.Serialization;

namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>A policy or another job, whoever runs it: the database's workers or the aggregator.</summary>
/// <param name="JobId">Its number.</param>
/// <param name="Procedure">What it runs.</param>
/// <param name="Relation">On which hypertable or rollup.</param>
/// <param name="Scheduled">Whether it is to run at all.</param>
/// <param name="PausedByMigrator">Not scheduled because history is being moved in.</param>
/// <param name="ScheduleIntervalSeconds">How often.</param>
/// <param name="LastStart">Start of the last run; null: none that is known of.</param>
/// <param name="LastSuccess">End of the last run that succeeded.</param>
/// <param name="NextStart">When it is due.</param>
/// <param name="RunningForSeconds">Since when it runs; null when it does not.</param>
/// <param name="UsualSeconds">Average of its successful runs; null before the first.</param>
/// <param name="ConsecutiveFailures">Failed runs since the last success.</param>
/// <param name="LastError">Message of the last one.</param>
public sealed record JobState(
    int JobId, string Procedure, string? Relation, bool Scheduled, bool PausedByMigrator, double ScheduleIntervalSeconds,
    DateTimeOffset? LastStart, DateTimeOffset? LastSuccess, DateTimeOffset? NextStart, double? RunningForSeconds, double? UsualSeconds,
    long ConsecutiveFailures, string? LastError)
{
    /// <summary>The last run failed.</summary>
    public bool Failing => ConsecutiveFailures > 0;

    [JsonIgnore]
    internal bool EverRun => LastStart is not null || LastSuccess is not null || RunningForSeconds is not null;

    /// <summary>As an operator names it.</summary>
    public override string ToString() => $"Job {JobId} ({Procedure}{(Relation is null ? "" : $" of {Relation}")})";
}
