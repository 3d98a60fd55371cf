using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Ledger;

/// <summary>The columns of the original's samples that were moved. One that it drops later must not take its values out of the target.</summary>
internal static class MovedColumns
{
    /// <exception cref="RefusedException">The original has a column no more of which the target holds values.</exception>
    public static async Task RequireAsync(NpgsqlConnection target, OriginalTable samples, CancellationToken cancellationToken)
    {
        var there = await TargetColumn.TypesAsync(target, ExtraColumns.Table, cancellationToken);
        var lost = new List<string>();
        foreach (var name in (await ListAsync(target, cancellationToken)).Where(name => samples.Find(name) is null).Order(StringComparer.Ordinal))
        {
            var column = LegacySampleColumns.NameOf(name) ?? TargetColumn.NameOf(name, ExtraColumns.Table);
            if (there.ContainsKey(column) && await target.ScalarAsync<bool>(
                $"SELECT EXISTS (SELECT FROM resource_usage WHERE {OriginalTable.Quote(column)} IS NOT NULL)", cancellationToken))
                lost.Add(OriginalTable.Plain(name));
        }

        if (lost.Count > 0)
            throw new RefusedException(
                $"{samples.Display} of the original has no column {string.Join(", ", lost)} any more, and the target holds values of it that were moved: a pass would take them out. "
                + "Nothing was changed. Bring the column back with its values (the target has them, or a backup), under its old name, or offer a view that has it. "
                + $"If they may go: ALTER TABLE {samples.Display} ADD COLUMN {lost[0]} …, empty; the next pass then empties the target's too.");
    }

    /// <summary>Adds those that are read now. What was verified is verified anew where that changes anything.</summary>
    public static async Task KeepAsync(NpgsqlConnection target, OriginalTable samples, CancellationToken cancellationToken)
    {
        var moved = Of(samples);
        if (moved.Except(await ListAsync(target, cancellationToken)).Any())
            await target.ExecuteAsync(
                "UPDATE migration_runs SET verified_at = NULL, sample_columns = ARRAY(SELECT DISTINCT unnest(sample_columns || $1))", cancellationToken, (object)moved);
    }

    private static string[] Of(OriginalTable samples) =>
        [.. samples.Columns.Where(c => LegacySampleColumns.IsKnown(c.Name)).Concat(ExtraColumns.Of(samples)).Select(c => c.Name).Distinct()];

    // The schema may be older than the column.
    private static Task<List<string>> ListAsync(NpgsqlConnection target, CancellationToken cancellationToken) => target.QueryAsync(
        "SELECT jsonb_array_elements_text(to_jsonb(r) -> 'sample_columns') FROM migration_runs r", r => r.GetString(0), cancellationToken);
}
