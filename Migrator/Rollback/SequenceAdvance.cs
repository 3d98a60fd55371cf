using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>Numbers that went back came from the target, so the original's own sequences have not counted them: its next row would collide.</summary>
internal static class SequenceAdvance
{
    private const string Sequences =
        """
        SELECT s.name, quote_ident(c), has_sequence_privilege(s.name, 'UPDATE') AND has_sequence_privilege(s.name, 'SELECT')
        FROM unnest($2::text[]) c, LATERAL (SELECT pg_get_serial_sequence($1, c)) s (name)
        JOIN pg_sequence q ON q.seqrelid = s.name::regclass WHERE q.seqincrement > 0
        """;

    /// <returns>Notes for those that the user may not set.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(
        NpgsqlConnection original, OriginalTable table, string[] columns, CancellationToken cancellationToken)
    {
        var notes = new List<string>();
        foreach (var (sequence, column, may) in await original.QueryAsync(
            Sequences, r => (r.GetString(0), r.GetString(1), r.GetBoolean(2)), cancellationToken, table.Quoted, columns))
        {
            var statement = $"SELECT setval({OriginalTable.Literal(sequence)}, greatest((SELECT last_value FROM {sequence}), (SELECT max({column}) FROM {table.Quoted})))";
            if (!may)
                notes.Add($"{table.Display}: the next number of {sequence} may be one that is there, and {original.UserName} may not set it. As its owner: {statement};");
            else if (await original.ScalarAsync<bool>(
                $"SELECT max({column}) >= (SELECT last_value + (NOT is_called)::int FROM {sequence}) FROM {table.Quoted}", cancellationToken))
                await original.ScalarAsync<long>(statement, cancellationToken);
        }

        return notes;
    }
}
