namespace LaunchStack.Aggregator.Migration;

/// <summary>Both sides of a table: source = moved + quarantined.</summary>
/// <param name="Table">The original's table.</param>
/// <param name="SourceRows">Rows of the original.</param>
/// <param name="MovedRows">Those that were moved.</param>
/// <param name="QuarantinedRows">Those that were not.</param>
public sealed record MigrationTable(string Table, long SourceRows, long MovedRows, long QuarantinedRows);
