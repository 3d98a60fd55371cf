namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>What an instance is from a moment on: a row of <c>alert_targets</c>.</summary>
/// <param name="ChangedAt">From when on.</param>
/// <param name="UserId">Its owner.</param>
/// <param name="PresentSince">Since when it is meant to run; null: stopped on purpose, or deleted.</param>
/// <param name="CpuLimit">Cores.</param>
internal sealed record InstanceTarget(DateTimeOffset ChangedAt, Guid? UserId, DateTimeOffset? PresentSince, double? CpuLimit)
{
    // Without a limit a container of one busy thread stops at one core. Limits that no machine has count as none.
    private const decimal DefaultCores = 1;

    public decimal Cores => CpuLimit is >= 0.001 and <= 1_000_000 ? (decimal)CpuLimit.Value : DefaultCores;
}
