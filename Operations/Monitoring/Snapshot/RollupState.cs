using System.Text.Json.Serialization;

namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>How far a rollup is. Above the watermark its rows are aggregated while they are read, so being behind costs time; below it, being behind hides rows.</summary>
/// <param name="Name">Name of the view.</param>
/// <param name="Watermark">Rows up to here are materialized.</param>
/// <param name="LagSeconds">From the watermark to now, less the bucket that is still filling.</param>
/// <param name="PendingRanges">Ranges of time with samples in which it lacks changes that it should have by now.</param>
/// <param name="PendingFrom">Start of the first; null: it lacks none.</param>
/// <param name="PendingTo">End of the last.</param>
public sealed record RollupState(
    string Name, DateTimeOffset? Watermark, double? LagSeconds, long PendingRanges, DateTimeOffset? PendingFrom, DateTimeOffset? PendingTo)
{
    // How long changes may wait: the next run of the policy has them.
    [JsonIgnore]
    internal TimeSpan Grace { get; init; }
}
