namespace LaunchStack.Migrator.Verify;

/// <summary>Whether both sides agree.</summary>
/// <param name="Matches">No finding at all.</param>
/// <param name="SourceRows">Samples of the original.</param>
/// <param name="MovedRows">Samples in the hypertable.</param>
/// <param name="QuarantinedRows">Samples in quarantine.</param>
/// <param name="Windows">One entry a window, oldest first.</param>
/// <param name="Findings">What does not match, one line each.</param>
/// <param name="Duration">Wall time.</param>
internal sealed record VerifyReport(
    bool Matches, long SourceRows, long MovedRows, long QuarantinedRows, IReadOnlyList<VerifiedWindow> Windows, IReadOnlyList<string> Findings,
    TimeSpan Duration);

/// <summary>One window on both sides.</summary>
/// <param name="Start">Start; year 1 for the rows without a place in time.</param>
/// <param name="End">End, exclusive.</param>
/// <param name="SourceRows">Rows of the original, dirt included.</param>
/// <param name="ExpectedRows">Rows of the original that can be moved.</param>
/// <param name="TargetRows">Rows of the hypertable.</param>
/// <param name="Matches">Whether every figure of every column and the checksum agree.</param>
internal sealed record VerifiedWindow(DateTime Start, DateTime End, long SourceRows, long ExpectedRows, long TargetRows, bool Matches);
