using System.Globalization;

namespace LaunchStack.Migrator.Ledger;

/// <summary>How much of a table may stay behind in quarantine when the target takes over: a share of it, and never all of it.</summary>
/// <param name="Percent">Of the table's rows.</param>
internal sealed record QuarantineLimit(double Percent)
{
    public static readonly QuarantineLimit Default = new(1);

    /// <summary>Rows that were left behind on request are no reason.</summary>
    /// <param name="books">Of one table.</param>
    /// <param name="onRequest">Rows quarantined by --quarantine-deleted.</param>
    public bool Exceeds(TableCounts books, long onRequest = 0) =>
        books.QuarantinedRows - onRequest is > 0 and var rows && (rows == books.SourceRows || rows * 100.0 > Percent * books.SourceRows);

    /// <param name="books">Of one table.</param>
    /// <param name="reasons">Rows by reason.</param>
    public string Describe(TableCounts books, IReadOnlyDictionary<string, long> reasons) => string.Create(
        CultureInfo.InvariantCulture,
        $"{books.QuarantinedRows} of {Counted.Of(books.SourceRows, "row")} of {books.Table} would stay behind in quarantine, more than {Percent} percent, so cutover refuses: "
        + $"{Quarantine.Describe(reasons)}. Correct them in the original and run catch-up, or, unless it is every row, "
        + $"accept them with cutover --quarantine-limit PERCENT.");
}
