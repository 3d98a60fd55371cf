using System.Globalization;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>What each side of the way back holds, in a few figures that change with every row: whoever has written since shows in them.</summary>
internal static class HeldState
{
    /// <param name="connection">To the original, in the state that was scanned.</param>
    /// <param name="original">The original.</param>
    /// <param name="scan">Of its samples.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<string> OfOriginalAsync(
        NpgsqlConnection connection, OriginalDatabase original, SourceScan scan, CancellationToken cancellationToken)
    {
        var (rows, version) = scan.Sum(DateTime.MinValue, DateTime.MaxValue);
        var figures = new List<string?> { string.Create(CultureInfo.InvariantCulture, $"{rows}:{version}") };
        foreach (var table in original.Relations)
            figures.Add(await connection.ScalarAsync<string>(Figures(table.Quoted, "s.*", "true"), cancellationToken));
        return string.Join(' ', figures);
    }

    /// <summary>Of what may go back; what the services note of an instance by themselves does not.</summary>
    /// <param name="target">The target.</param>
    /// <param name="since">Condition for a sample to have come or changed since the cutover.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<string> OfTargetAsync(NpgsqlConnection target, string since, CancellationToken cancellationToken)
    {
        var figures = new List<string?> { await target.ScalarAsync<string>(Figures("resource_usage", "s.*", since), cancellationToken) };
        foreach (var name in OriginalDatabase.RelationNames)
        {
            var columns = (await TargetColumn.TypesAsync(target, $"public.{name}", cancellationToken)).Keys.Where(c => !TargetColumn.IsOwn(name, c)).Order(StringComparer.Ordinal);
            figures.Add(await target.ScalarAsync<string>(Figures(name, $"ROW({string.Join(", ", columns.Select(c => $"s.{OriginalTable.Quote(c)}"))})", "true"), cancellationToken));
        }

        return string.Join(' ', figures);
    }

    private static string Figures(string table, string row, string condition) =>
        $"SELECT concat(count(*), ':', sum(hashtextextended(({row})::text, 0))) FROM {table} s WHERE {condition}";
}
