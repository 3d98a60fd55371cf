using LaunchStack.Migrator.Source;
using Npgsql;

namespace LaunchStack.Migrator.Copy;

/// <summary>
/// Users, instances and payments of the target that the original does not hold: deleted there since, or put here by hand. Instances
/// that have registered themselves here are none.
/// </summary>
internal sealed class SurplusRows(NpgsqlConnection source, NpgsqlConnection target)
{
    /// <summary>Their ids; none for a table without ids.</summary>
    public async Task<IReadOnlyList<Guid>> FindAsync(OriginalTable table, CancellationToken cancellationToken)
    {
        var name = table.Name.ToLowerInvariant();
        if (table.Find("id") is not { } id)
            return [];
        var there = new HashSet<Guid>();
        await using (var command = new NpgsqlCommand($"SELECT id FROM {name}{(name == "instances" ? " WHERE first_seen_at IS NULL AND last_seen_at IS NULL" : "")}", target))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
                there.Add(reader.GetGuid(0));
        }

        await using var select = new NpgsqlCommand($"SELECT s.{id.Quoted}::text FROM {table.Quoted} s WHERE s.{id.Quoted} IS NOT NULL", source);
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            if (Guid.TryParse(rows.GetString(0), out var found))
                there.Remove(found);
        }

        return [.. there.Order()];
    }

    /// <summary>Removes them; the windows with samples of instances that go are copied again, as their samples are orphans now.</summary>
    /// <param name="tables">In the order of their references.</param>
    /// <param name="cancellationToken">Stops; what was removed stays so.</param>
    public async Task RemoveAsync(IReadOnlyList<OriginalTable> tables, CancellationToken cancellationToken)
    {
        foreach (var table in tables.Reverse())
        {
            var ids = await FindAsync(table, cancellationToken);
            if (ids.Count == 0)
                continue;
            await using var transaction = await target.BeginTransactionAsync(cancellationToken);
            if (table.Name.Equals("instances", StringComparison.OrdinalIgnoreCase))
                await target.ExecuteAsync(
                    """
                    UPDATE migration_windows w SET source_version = NULL WHERE EXISTS (
                      SELECT FROM resource_usage r WHERE r.instance_id = ANY($1) AND r."timestamp" >= w.window_start AND r."timestamp" < w.window_end)
                    """, cancellationToken, ids.ToArray());
            try
            {
                await target.ExecuteAsync($"DELETE FROM {table.Name.ToLowerInvariant()} WHERE id = ANY($1)", cancellationToken, ids.ToArray());
                await target.ExecuteAsync("UPDATE migration_runs SET verified_at = NULL", cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.ForeignKeyViolation)
            {
                // Rows of another table still name them, in the original too; verify says so.
                await transaction.RollbackAsync(cancellationToken);
            }
        }
    }
}
