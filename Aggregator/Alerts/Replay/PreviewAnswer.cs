namespace LaunchStack.Aggregator.Alerts.Replay;

/// <summary>What a rule would have done.</summary>
/// <param name="Summary">Such as "would have fired 7 times in 30 days, 3 h 12 min in all".</param>
/// <param name="From">First tick.</param>
/// <param name="To">Last tick.</param>
/// <param name="Fired">How often.</param>
/// <param name="TotalSeconds">For how long in all.</param>
/// <param name="Instances">Instances looked at.</param>
/// <param name="Samples">Samples read.</param>
/// <param name="Complete">False when time ran out before all instances were looked at.</param>
/// <param name="Most">The 20 instances with the longest alerts.</param>
internal sealed record PreviewAnswer(
    string Summary, DateTimeOffset From, DateTimeOffset To, int Fired, double TotalSeconds, int Instances, long Samples, bool Complete,
    IReadOnlyList<InstanceTotal> Most);
