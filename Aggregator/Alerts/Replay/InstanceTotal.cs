namespace LaunchStack.Aggregator.Alerts.Replay;

/// <summary>What a replay found for an instance.</summary>
/// <param name="InstanceId">The instance; null: the platform.</param>
/// <param name="Fired">How often an alert was raised.</param>
/// <param name="TotalSeconds">How long alerts stood within the span.</param>
internal sealed record InstanceTotal(Guid? InstanceId, int Fired, double TotalSeconds);
