namespace LaunchStack.Aggregator.Policies;

/// <summary>A due job of TimescaleDB.</summary>
/// <param name="JobId">Its number.</param>
/// <param name="Procedure">The procedure it calls, without schema.</param>
/// <param name="Relation">The hypertable or rollup it is for; null for jobs of one's own.</param>
/// <param name="StartOffset">Of a refresh policy: how far back it reaches; null is the beginning.</param>
/// <param name="EndOffset">Of a refresh policy: what it leaves alone; null is nothing.</param>
/// <param name="CompressAfter">Of a compression policy.</param>
internal sealed record Policy(
    int JobId, string Procedure, string? Relation, TimeSpan? StartOffset, TimeSpan? EndOffset, TimeSpan? CompressAfter);
