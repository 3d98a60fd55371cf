using Npgsql;

namespace LaunchStack.Migrator.Ledger;

/// <summary>The books of every table with the reasons for what stays behind.</summary>
internal sealed class QuarantineBooks(NpgsqlConnection target)
{
    /// <param name="samples">Name of the original's samples.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<List<(TableCounts Books, IReadOnlyDictionary<string, long> Reasons, long OnRequest)>> ListAsync(
        string samples, CancellationToken cancellationToken)
    {
        var (ledger, quarantine) = (new MigrationLedger(target), new Quarantine(target));
        var totals = await ledger.TotalsAsync(cancellationToken);
        var all = new List<(TableCounts, IReadOnlyDictionary<string, long>, long)>();
        foreach (var books in (await ledger.TablesAsync(cancellationToken))
            .Append(new(samples, totals.SourceRows, totals.MovedRows, totals.QuarantinedRows)))
        {
            var reasons = await quarantine.ReasonsAsync(books.Table, cancellationToken);
            all.Add((books, reasons, reasons.GetValueOrDefault(Quarantine.SoftDeleted)));
        }

        return all;
    }
}
