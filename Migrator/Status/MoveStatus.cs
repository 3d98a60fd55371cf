using LaunchStack.Migrator.Ledger;

namespace LaunchStack.Migrator.Status;

/// <summary>How far the move from the original is.</summary>
/// <param name="Source">Identity of the original: system identifier and database.</param>
/// <param name="Generation">Of its schema.</param>
/// <param name="StartedAt">When the first copy began.</param>
/// <param name="CopiedAt">When a copy first ended; null before.</param>
/// <param name="VerifiedAt">When what is there now was found to match; null when it was not, or has changed since.</param>
/// <param name="CutoverAt">Since then the target takes samples by itself; null before.</param>
/// <param name="ReturnedAt">When the original last held all that the target holds, and the services could go back to it; null before.</param>
/// <param name="Windows">Spans of samples that the move is made of, as far as they are known.</param>
/// <param name="WindowsDone">Those that are copied.</param>
/// <param name="WindowsToRollUp">Those of them that the rollups still lack.</param>
/// <param name="Samples">Samples of the windows that are done.</param>
/// <param name="Tables">users, instances and payments, as far as they are copied.</param>
/// <param name="PausedJobs">Policies that a copy or a pass has paused, and puts back at its end.</param>
internal sealed record MoveStatus(
    string Source, int Generation, DateTimeOffset StartedAt, DateTimeOffset? CopiedAt, DateTimeOffset? VerifiedAt, DateTimeOffset? CutoverAt, DateTimeOffset? ReturnedAt,
    long Windows, long WindowsDone, long WindowsToRollUp, MovedTable Samples, IReadOnlyList<MovedTable> Tables, IReadOnlyList<int> PausedJobs)
{
    /// <summary>The verb that comes next; null after the cutover.</summary>
    public string? Next => CutoverAt is not null ? null
        : CopiedAt is null ? "copy"
        : WindowsDone < Windows || WindowsToRollUp > 0 || PausedJobs.Count > 0 ? "catch-up"
        : VerifiedAt is null ? "verify"
        : "cutover";
}

/// <summary>A table of the original, as far as it is moved.</summary>
/// <param name="Name">With its schema.</param>
/// <param name="Books">What was moved and quarantined.</param>
/// <param name="Quarantine">Rows that could not be moved as they are, by reason.</param>
internal sealed record MovedTable(string Name, TableCounts Books, IReadOnlyDictionary<string, long> Quarantine);
