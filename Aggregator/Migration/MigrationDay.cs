namespace LaunchStack.Aggregator.Migration;

/// <summary>The windows that start on a day.</summary>
/// <param name="Day">The day of UTC; null: rows whose time is missing or out of range.</param>
/// <param name="Windows">Their number.</param>
/// <param name="Done">Those that are copied.</param>
/// <param name="Differing">Those whose rows are neither moved nor quarantined.</param>
/// <param name="ToRollUp">Those that the rollups still lack.</param>
/// <param name="SourceRows">Rows of the original.</param>
/// <param name="MovedRows">Those that were moved.</param>
/// <param name="QuarantinedRows">Those that were not.</param>
public sealed record MigrationDay(
    DateOnly? Day, long Windows, long Done, long Differing, long ToRollUp, long SourceRows, long MovedRows, long QuarantinedRows)
{
    /// <summary><c>differing</c>, <c>to_do</c> or <c>done</c>.</summary>
    public string State => Differing > 0 ? "differing" : Done < Windows ? "to_do" : "done";
}
