namespace LaunchStack.Contracts;

/// <summary>A measure of an instance crossed its limit and stayed there.</summary>
/// <param name="AlertId">Identity of the alert; the same in its <see cref="UsageAlertResolved"/>.</param>
/// <param name="InstanceId">The instance.</param>
/// <param name="Measure">Column name, for example <c>cpu_usage</c>.</param>
/// <param name="Value">The value seen, in the unit of the measure.</param>
/// <param name="Limit">The limit crossed, in the same unit.</param>
/// <param name="Since">When the measure first stood beyond the limit.</param>
public sealed record UsageAlertRaised(
    Guid AlertId, Guid InstanceId, string Measure, double Value, double Limit, DateTimeOffset Since);

/// <summary>The measure of a raised alert is back within its limit.</summary>
public sealed record UsageAlertResolved(Guid AlertId, Guid InstanceId, string Measure, DateTimeOffset ResolvedAt);
