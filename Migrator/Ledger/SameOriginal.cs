using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Ledger;

/// <summary>
/// Whether the original is the one that a move began with, table by table: a database may hold one for each tenant, each in a schema of
/// its own. A view that stands on the table that was moved is the same one, and so is what a view that was moved stands on.
/// </summary>
internal static class SameOriginal
{
    private const string IsBeneath = OriginalTable.Beneath + "SELECT EXISTS (SELECT FROM beneath WHERE oid = to_regclass($2))";

    /// <exception cref="RefusedException">It is another one.</exception>
    public static async Task RequireAsync(
        NpgsqlConnection connection, OriginalDatabase original, MigrationLedger ledger, MigrationRun run, CancellationToken cancellationToken)
    {
        if (run.Source != original.Identity)
            throw new RefusedException($"The target holds a move from another original ({run.Source}; this one is {original.Identity}). Use an empty target.");
        var (samples, others) = (original.Samples, new List<(string Moved, string Schema, string Now, string Update)>());
        await CompareAsync(samples, run.Samples.Schema, run.Samples.Table, $"UPDATE migration_runs SET samples_schema = {OriginalTable.Literal(samples.Schema)}, samples_table = {OriginalTable.Literal(samples.Name)}; "
            + $"UPDATE migration_quarantine SET source_table = {OriginalTable.Literal(samples.Name)} WHERE source_table = {OriginalTable.Literal(run.Samples.Table)}");
        var schemas = await ledger.SchemasAsync(cancellationToken);
        foreach (var table in original.Relations.Where(t => schemas.ContainsKey(t.TargetName)))
            await CompareAsync(table, schemas[table.TargetName], table.Name, $"UPDATE migration_tables SET source_schema = {OriginalTable.Literal(table.Schema)} WHERE table_name = {OriginalTable.Literal(table.TargetName)}");
        if (others.Count > 0)
            throw new RefusedException(
                $"The target holds a move of {List(o => o.Moved)} of the original, and ConnectionStrings__original now names {List(o => o.Now)}. "
                + $"Nothing was written. Add Search Path={string.Join(',', others.Select(o => o.Schema).Distinct())} to it, or use an empty target. If it is the same one in another place: "
                + $"{string.Join("; ", others.Select(o => o.Update))} in the target.");

        async Task CompareAsync(OriginalTable table, string schema, string name, string update)
        {
            var moved = $"{OriginalTable.Quote(schema)}.{OriginalTable.Quote(name)}";
            if (moved != table.Quoted && !await IsBeneathAsync(table.Quoted, moved)
                && !(await connection.ScalarAsync<bool>("SELECT to_regclass($1) IS NOT NULL", cancellationToken, moved) && await IsBeneathAsync(moved, table.Quoted)))
                others.Add(($"{OriginalTable.Plain(schema)}.{OriginalTable.Plain(name)}", OriginalTable.Plain(schema), table.Display, update));
        }

        string List(Func<(string Moved, string Schema, string Now, string Update), string> part) => string.Join(", ", others.Select(part));

        Task<bool> IsBeneathAsync(string table, string other) => connection.ScalarAsync<bool>(IsBeneath, cancellationToken, table, other);
    }
}
