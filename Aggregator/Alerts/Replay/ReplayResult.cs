using LaunchStack.Aggregator.Alerts.Evaluation;

namespace LaunchStack.Aggregator.Alerts.Replay;

/// <summary>What a replay found.</summary>
/// <param name="Transitions">Changes of state, in order of tick and instance.</param>
/// <param name="OpenAtStart">Instances whose alert was raised before the first tick.</param>
/// <param name="Instances">Instances looked at.</param>
/// <param name="Samples">Samples read.</param>
/// <param name="Complete">False when time ran out before all instances were looked at.</param>
internal sealed record ReplayResult(
    IReadOnlyList<AlertTransition> Transitions, IReadOnlyList<Guid> OpenAtStart, int Instances, long Samples, bool Complete);
