using LaunchStack.Aggregator.Metering.Days;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>A day of a user.</summary>
/// <param name="Day">The day, UTC.</param>
/// <param name="Quantities">Of all instances.</param>
public sealed record UserUsageDay(DateOnly Day, Quantities Quantities);
