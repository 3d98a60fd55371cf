namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>What a tick sees of an instance in the eyes of a rule.</summary>
/// <param name="Value">The value; null when there is none.</param>
/// <param name="LastAt">Of silence: the last sample.</param>
/// <param name="Ended">Why the rule has nothing to do with the instance any more; null while it has.</param>
internal readonly record struct Observation(decimal? Value, DateTimeOffset? LastAt = null, string? Ended = null)
{
    public static readonly Observation Nothing;

    /// <summary>Stopped on purpose, deleted, another's now, or the rule does not hold any more.</summary>
    public static Observation Over(string reason) => new(null, null, reason);
}
