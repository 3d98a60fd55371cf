using LaunchStack.Aggregator.Metering.Days;

namespace LaunchStack.Aggregator.Metering;

/// <summary>What lines are computed by, besides the samples.</summary>
/// <param name="Rules">The gap rules by their first day, oldest first.</param>
/// <param name="Step">Instances that are computed at once.</param>
/// <param name="DroppedBefore">Samples before this are gone; null: none are.</param>
internal sealed record MeteringContext(IReadOnlyList<(DateOnly From, GapRule Rule)> Rules, int Step, DateTimeOffset? DroppedBefore)
{
    /// <summary>The rule for samples of that day.</summary>
    public GapRule On(DateOnly day) => Rules.LastOrDefault(rule => rule.From <= day).Rule;

    /// <summary>Whether all samples of the day are still there.</summary>
    public bool Holds(DateOnly day) => DroppedBefore is not { } dropped || dropped.UtcDateTime <= day.Start();
}
