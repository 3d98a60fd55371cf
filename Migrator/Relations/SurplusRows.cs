using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Relations;

/// <summary>
/// Users, instances and payments of the target that the original does not hold: deleted there since, or put here by hand. Instances
/// that have registered themselves here are none.
/// </summary>
internal sealed class SurplusRows(NpgsqlConnection source, NpgsqlConnection target)
{
    /// <summary>Their ids; none for a table without ids.</summary>
    public async Task<IReadOnlyList<Guid>> FindAsync(OriginalTable table, CancellationToken cancellationToken)
    {
        var name = table.TargetName;
        if (table.Find("id") is not { } id)
            return [];
        var registered = name == "instances" ? " WHERE first_seen_at IS NULL AND last_seen_at IS NULL" : "";
        var there = (await target.ListAsync($"SELECT id FROM {name}{registered}", r => r.GetGuid(0), cancellationToken)).ToHashSet();
        await foreach (var row in source.TextRowsAsync(
            $"SELECT s.{id.Quoted}::text FROM {table.Quoted} s WHERE s.{id.Quoted} IS NOT NULL", cancellationToken))
        {
            if (Guid.TryParse(row[0], out var found))
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
            if (table.TargetName == "instances")
                await new MigrationLedger(target).InvalidateAsync([.. ids], cancellationToken);
            try
            {
                await target.ExecuteAsync($"DELETE FROM {table.TargetName} WHERE id = ANY($1)", cancellationToken, ids.ToArray());
                await new MigrationLedger(target).MarkVerifiedAsync(false, cancellationToken);
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
