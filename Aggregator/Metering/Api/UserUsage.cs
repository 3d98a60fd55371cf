using LaunchStack.Aggregator.Metering.Days;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>What a user's instances used on the days that they were the user's.</summary>
/// <param name="UserId">The user.</param>
/// <param name="From">First day.</param>
/// <param name="To">The day after the last.</param>
/// <param name="ComputedThrough">Days up to this one are complete; later ones come when they are over.</param>
/// <param name="Total">Of all days and instances together.</param>
/// <param name="Days">With <c>by=day</c>: of all instances, by day.</param>
/// <param name="Instances">With <c>by=instance</c>: of all days, by instance.</param>
public sealed record UserUsage(
    Guid UserId, DateOnly From, DateOnly To, DateOnly? ComputedThrough, Quantities Total, IReadOnlyList<UserUsageDay>? Days,
    IReadOnlyList<UserUsageInstance>? Instances);
