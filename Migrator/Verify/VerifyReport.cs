namespace LaunchStack.Migrator.Verify;

/// <summary>Whether both sides agree.</summary>
/// <param name="Matches">No finding at all.</param>
/// <param name="SourceRows">Samples of the original.</param>
/// <param name="MovedRows">Samples in the hypertable.</param>
/// <param name="QuarantinedRows">Samples in quarantine.</param>
/// <param name="Tables">The figures of each table, the samples last.</param>
/// <param name="Columns">The figures of each column of the samples.</param>
/// <param name="Windows">One entry a window, oldest first.</param>
/// <param name="Findings">What does not match, one line each.</param>
/// <param name="Excesses">Tables of which more stays behind in quarantine than cutover lets pass; no mismatch.</param>
/// <param name="OpenTransactions">What has been written to the original and not committed, so that this cannot have seen it, or why that cannot be told; null for none. No mismatch.</param>
/// <param name="FailingJobs">Policies and other jobs of the target whose last run failed; no mismatch.</param>
/// <param name="Duration">Wall time.</param>
internal sealed record VerifyReport(
    bool Matches, long SourceRows, long MovedRows, long QuarantinedRows, IReadOnlyList<VerifiedTable> Tables, IReadOnlyList<VerifiedColumn> Columns,
    IReadOnlyList<VerifiedWindow> Windows, IReadOnlyList<string> Findings, IReadOnlyList<string> Excesses,
    string? OpenTransactions, IReadOnlyList<FailingJob> FailingJobs, TimeSpan Duration)
{
    /// <summary>What is compared after a cutover; null before.</summary>
    public string? Scope { get; init; }
}

/// <summary>One window on both sides.</summary>
/// <param name="Start">Start; year 1 for the rows without a place in time.</param>
/// <param name="End">End, exclusive.</param>
/// <param name="SourceRows">Rows of the original, dirt included.</param>
/// <param name="ExpectedRows">Rows of the original that can be moved.</param>
/// <param name="TargetRows">Rows of the hypertable.</param>
/// <param name="Matches">Whether every figure of every column and the checksum agree.</param>
internal sealed record VerifiedWindow(DateTime Start, DateTime End, long SourceRows, long ExpectedRows, long TargetRows, bool Matches);

/// <summary>One table on both sides.</summary>
/// <param name="Table">The original's, with its schema.</param>
/// <param name="SourceRows">Rows of the original.</param>
/// <param name="TargetRows">Rows of the target.</param>
/// <param name="Quarantined">Rows in quarantine, by reason.</param>
internal sealed record VerifiedTable(string Table, long SourceRows, long TargetRows, IReadOnlyDictionary<string, long> Quarantined);

/// <summary>One column of the samples on both sides, over all windows.</summary>
/// <param name="Column">Its name in the target.</param>
/// <param name="Original">What of the original can be moved.</param>
/// <param name="Target">What the target holds.</param>
/// <param name="Matches">Whether both agree exactly; the sums printed may be rounded.</param>
internal sealed record VerifiedColumn(string Column, ColumnSide Original, ColumnSide Target, bool Matches);

/// <summary>One side of a column.</summary>
/// <param name="Count">Values that are not null.</param>
/// <param name="Least">Least value, a whole number or a float; null without any.</param>
/// <param name="Greatest">Greatest value, likewise.</param>
/// <param name="Sum">Exact for whole numbers, rounded to a double for floats.</param>
internal sealed record ColumnSide(long Count, object? Least, object? Greatest, object Sum);
