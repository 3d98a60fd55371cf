using LaunchStack.Aggregator.Metering.Days;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>What an instance used.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="From">First day.</param>
/// <param name="To">The day after the last.</param>
/// <param name="ComputedThrough">Days up to this one are complete; later ones come when they are over.</param>
/// <param name="Total">Of all days together.</param>
/// <param name="Days">With <c>by=day</c>: the days that have something.</param>
public sealed record InstanceUsage(
    Guid InstanceId, DateOnly From, DateOnly To, DateOnly? ComputedThrough, Quantities Total, IReadOnlyList<UsageLine>? Days);
