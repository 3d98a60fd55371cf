namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>What some ticks brought.</summary>
/// <param name="Changed">States that are others now, by whose they are.</param>
/// <param name="Transitions">Changes of status, in the order of their ticks for each rule and instance.</param>
internal sealed record TickResult(IReadOnlyList<(StateKey Key, AlertState State)> Changed, IReadOnlyList<AlertTransition> Transitions);
