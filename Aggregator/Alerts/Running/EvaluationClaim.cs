namespace LaunchStack.Aggregator.Alerts.Running;

/// <summary>The right to evaluate the next ticks.</summary>
/// <param name="First">The first tick that was ever evaluated, or will be.</param>
/// <param name="Done">The last tick that was; the one before <paramref name="First"/> when none was.</param>
internal sealed record EvaluationClaim(DateTimeOffset First, DateTimeOffset Done);
