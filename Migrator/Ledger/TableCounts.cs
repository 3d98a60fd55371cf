namespace LaunchStack.Migrator.Ledger;

/// <summary>The books of one table: <c>SourceRows = MovedRows + QuarantinedRows</c>.</summary>
internal sealed record TableCounts(string Table, long SourceRows, long MovedRows, long QuarantinedRows);
