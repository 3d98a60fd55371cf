using LaunchStack.Migrator.Legacy;

namespace LaunchStack.Migrator.Ledger;

/// <summary>What became of a window.</summary>
/// <param name="Window">The window.</param>
/// <param name="SourceRows">Rows read.</param>
/// <param name="MovedRows">Rows written.</param>
/// <param name="QuarantinedRows">Rows quarantined.</param>
/// <param name="RedatedRows">Rows written whose created_at could not be.</param>
/// <param name="LastReceived">Latest arrival of the rows written, in microseconds since 2000; null without any.</param>
/// <param name="Method">How they were written: direct-compress, copy or insert.</param>
internal sealed record CopiedWindow(
    SourceWindow Window, long SourceRows, long MovedRows, long QuarantinedRows, long RedatedRows, long? LastReceived, string Method);
