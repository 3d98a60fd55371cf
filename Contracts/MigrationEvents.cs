namespace LaunchStack.Contracts;

/// <summary>The schema stands at <paramref name="Version"/> (name of the newest script).</summary>
/// <param name="Version">Name of the newest schema script that has run.</param>
/// <param name="ScriptsRun">Scripts that this run applied; empty when nothing was to do.</param>
/// <param name="At">When the migration had finished.</param>
public sealed record SchemaMigrated(string Version, IReadOnlyList<string> ScriptsRun, DateTimeOffset At);

/// <summary>History was moved from the original database. <c>SourceRows = MovedRows + QuarantinedRows</c>.</summary>
/// <param name="SourceRows">Rows read from the original's sample table.</param>
/// <param name="MovedRows">Rows that stand in the hypertable.</param>
/// <param name="QuarantinedRows">Rows in <c>migration_quarantine</c>.</param>
/// <param name="Verified">Whether every window agreed on both sides.</param>
/// <param name="Duration">Wall time of the move.</param>
/// <param name="At">When it had finished.</param>
public sealed record DataMigrated(
    long SourceRows, long MovedRows, long QuarantinedRows, bool Verified, TimeSpan Duration, DateTimeOffset At);
