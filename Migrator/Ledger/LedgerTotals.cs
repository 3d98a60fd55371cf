namespace LaunchStack.Migrator.Ledger;

/// <summary>What the windows add up to.</summary>
/// <param name="Windows">Windows that are known.</param>
/// <param name="Done">Those that are copied.</param>
/// <param name="ToRollUp">Those of them that the rollups lack.</param>
/// <param name="Unbalanced">Those whose rows are neither moved nor quarantined.</param>
/// <param name="SourceRows">Samples of the original in those that are done.</param>
/// <param name="MovedRows">Those of them that were moved.</param>
/// <param name="QuarantinedRows">The others.</param>
/// <param name="RedatedRows">Samples moved whose created_at could not be: they count as received at their own time.</param>
internal sealed record LedgerTotals(
    long Windows, long Done, long ToRollUp, long Unbalanced, long SourceRows, long MovedRows, long QuarantinedRows, long RedatedRows);
