namespace LaunchStack.Web.Migration;

/// <summary>Both sides of a table.</summary>
public sealed record MigrationTable(string Table, long SourceRows, long MovedRows, long QuarantinedRows)
{
    /// <summary>Every row of the original is accounted for.</summary>
    public bool Balances => SourceRows == MovedRows + QuarantinedRows;
}
