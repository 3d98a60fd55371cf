namespace LaunchStack.Web.Costs;

/// <summary>An instance.</summary>
internal sealed record UsageInstanceRow(Guid InstanceId, QuantityRow Quantities);
