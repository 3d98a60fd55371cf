using LaunchStack.Aggregator.Metering.Days;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>An instance of a user.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Quantities">Of all days.</param>
public sealed record UserUsageInstance(Guid InstanceId, Quantities Quantities);
