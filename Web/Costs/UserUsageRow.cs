namespace LaunchStack.Web.Costs;

/// <summary>What a user's instances used.</summary>
internal sealed record UserUsageRow(
    DateOnly From, DateOnly To, DateOnly? ComputedThrough, QuantityRow Total, IReadOnlyList<UsageDayRow>? Days, IReadOnlyList<UsageInstanceRow>? Instances);
