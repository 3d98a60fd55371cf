namespace LaunchStack.Aggregator.Migration;

/// <summary>The move.</summary>
/// <param name="Source">Identity of the original.</param>
/// <param name="Generation">Of its schema.</param>
/// <param name="StartedAt">When the first copy began.</param>
/// <param name="CopiedAt">When a copy first ended.</param>
/// <param name="VerifiedAt">When what is there now was found to match.</param>
/// <param name="CutoverAt">Since then the target takes samples by itself.</param>
/// <param name="Windows">Windows that are known.</param>
/// <param name="Done">Those that are copied.</param>
/// <param name="ToRollUp">Those of them that the rollups still lack.</param>
/// <param name="RowsPerSecond">Of the windows copied in the last minute before the newest; null: none, or too few to tell.</param>
/// <param name="SecondsLeft">For the windows that are known and not done, at that rate.</param>
/// <param name="PausedJobs">Policies that a copy or a pass has paused, and puts back at its end.</param>
public sealed record MigrationRunState(
    string Source, int Generation, DateTimeOffset StartedAt, DateTimeOffset? CopiedAt, DateTimeOffset? VerifiedAt, DateTimeOffset? CutoverAt,
    long Windows, long Done, long ToRollUp, double? RowsPerSecond, double? SecondsLeft, long PausedJobs)
{
    /// <summary>The verb that comes next; null after the cutover.</summary>
    public string? Next => CutoverAt is not null ? null
        : CopiedAt is null ? "copy"
        : Done < Windows || ToRollUp > 0 || PausedJobs > 0 ? "catch-up"
        : VerifiedAt is null ? "verify"
        : "cutover";
}
