using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Rollback;
using Npgsql;

namespace LaunchStack.Migrator.Plan;

/// <summary>What of the original an operator should know before: mostly what will matter on the way back.</summary>
internal sealed class OriginalChecks(NpgsqlConnection original, OriginalDatabase database)
{
    private const string Required =
        """
        SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
        ORDER BY a.attnum
        """;

    // What every sample has, also those that the services will take in after the cutover.
    private static readonly string[] Known = ["id", "instance_id", "timestamp"];

    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        var warnings = new List<string>();
        warnings.AddRange(database.Ignored.Select(table =>
            $"{table.Display} is left alone: the samples' tables stand in {database.Samples.Schema}. If it is meant, name its schema too (Search Path)."));
        foreach (var table in database.Relations.Append(database.Samples))
        {
            var closed = (await OriginalFacts.FindAsync(original, table, cancellationToken)).Closed;
            if (closed.Count > 0)
                warnings.Add(
                    $"Nothing can be written to {string.Join(", ", table.Columns.Where(c => closed.Contains(c.Name)).Select(c => c.Display))} of {table.Display}, "
                    + "which a view computes: rows that come, or change there, after the cutover cannot go back. Before: give the view an INSTEAD OF INSERT OR "
                    + "UPDATE OR DELETE trigger that writes them.");
            var triggers = await TriggerSuspension.ListAsync(original, table, cancellationToken);
            if (triggers.Count > 0)
                warnings.Add(
                    $"{table.Display} has triggers that may change rows as they are written ({string.Join(", ", triggers.Select(t => t.Name))}). The move does not write there; "
                    + "rollback --reverse-sync switches them off for its transaction where its user owns the table, and says so where it may not.");
        }

        var samples = database.Samples;
        var required = (await original.QueryAsync(Required, r => r.GetString(0), cancellationToken, samples.Quoted))
            .Where(name => !Known.Contains(name, StringComparer.OrdinalIgnoreCase) && !LegacySampleColumns.IsKnown(name)).ToList();
        if (required.Count > 0)
            warnings.Add(
                $"{samples.Display} takes no NULL in {string.Join(", ", required)} and has no default there: samples that come in after the cutover have no "
                + $"value for it, so the way back would be refused. Before: ALTER TABLE {samples.Quoted} ALTER {OriginalTable.Quote(required[0])} SET DEFAULT …");
        return warnings;
    }
}
