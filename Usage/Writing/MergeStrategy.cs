using LaunchStack.Usage.Database;
using LaunchStack.Usage.Outbox;
using Npgsql;

namespace LaunchStack.Usage.Writing;

/// <summary>
/// The strategy on which rows may be there already: one statement inserts what is new (or raises what is there, see
/// <see cref="ConflictMode.Merge"/>), writes the event over just that, and answers which rows it left alone.
/// </summary>
/// <param name="throughTable">
/// True: the rows come by COPY through a temporary table, which is faster for many of them; false: as arrays.
/// </param>
internal sealed class MergeStrategy(bool throughTable) : IWriteStrategy
{
    // greatest() leaves nulls out. A raised row counts as received again: what was computed up to a cutoff before has not seen it.
    private const string Raise =
        """
        ON CONFLICT (instance_id, "timestamp") DO UPDATE SET
            cpu_usage = greatest(r.cpu_usage, excluded.cpu_usage),
            memory_usage = greatest(r.memory_usage, excluded.memory_usage),
            memory_limit = greatest(r.memory_limit, excluded.memory_limit),
            disk_usage = greatest(r.disk_usage, excluded.disk_usage),
            network_in = greatest(r.network_in, excluded.network_in),
            network_out = greatest(r.network_out, excluded.network_out),
            received_at = excluded.received_at
        WHERE excluded.cpu_usage > r.cpu_usage OR (r.cpu_usage IS NULL AND excluded.cpu_usage IS NOT NULL)
           OR excluded.memory_usage > r.memory_usage OR (r.memory_usage IS NULL AND excluded.memory_usage IS NOT NULL)
           OR excluded.memory_limit > r.memory_limit OR (r.memory_limit IS NULL AND excluded.memory_limit IS NOT NULL)
           OR excluded.disk_usage > r.disk_usage OR (r.disk_usage IS NULL AND excluded.disk_usage IS NOT NULL)
           OR excluded.network_in > r.network_in OR (r.network_in IS NULL AND excluded.network_in IS NOT NULL)
           OR excluded.network_out > r.network_out OR (r.network_out IS NULL AND excluded.network_out IS NOT NULL)
        """;

    private const string MakeTable =
        $"""
        CREATE TEMPORARY TABLE IF NOT EXISTS usage_incoming ON COMMIT DELETE ROWS AS
        SELECT {CopyEncoder.Columns}, 0 AS position FROM resource_usage WITH NO DATA
        """;

    public bool ThroughTable => throughTable;

    public string Name => throughTable ? "merge_copy" : "merge";

    public async Task<IReadOnlyCollection<int>> CommitAsync(CommitContext commit, CancellationToken cancellationToken)
    {
        if (!throughTable)
            return await MergeAsync(commit, cancellationToken);

        await using var transaction = await commit.Connection.BeginTransactionAsync(cancellationToken);
        await using (var table = new NpgsqlCommand("SET LOCAL client_min_messages = warning; " + MakeTable, commit.Connection, transaction))
            await table.ExecuteNonQueryAsync(cancellationToken);
        await CopyStream.WriteAsync(commit.Connection, "usage_incoming", commit.Set, withPosition: true, cancellationToken);
        var untouched = await MergeAsync(commit, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return untouched;
    }

    private async Task<IReadOnlyCollection<int>> MergeAsync(CommitContext commit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Statement(commit.Set.Merges), commit.Connection);
        if (!throughTable)
            commit.Arrays.Bind(command.Parameters, commit.Set);
        OutboxTable.BindWritten(command.Parameters, commit);

        var untouched = new HashSet<int>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            untouched.Add(reader.GetInt32(0));
        return untouched;
    }

    // ORDER BY: the index is entered in key order on this strategy too, which is what keeps two writers from deadlocking.
    private string Statement(bool merge) =>
        $"""
        WITH incoming AS MATERIALIZED (
            SELECT {(throughTable ? $"{CopyEncoder.Columns}, position FROM usage_incoming" : $"{CopyEncoder.Columns}, position::int - 1 AS position FROM {RowArrays.Unnest}")}),
        written AS (
            INSERT INTO resource_usage AS r ({CopyEncoder.Columns})
            SELECT {CopyEncoder.Columns} FROM incoming ORDER BY position
            {(merge ? Raise : "ON CONFLICT DO NOTHING")}
            RETURNING r.instance_id, r."timestamp"),
        event AS (
            {OutboxTable.InsertFromWritten(throughTable ? 1 : 9)})
        SELECT position FROM incoming i
        WHERE NOT EXISTS (SELECT FROM written w WHERE w.instance_id = i.instance_id AND w."timestamp" = i."timestamp")
        """;
}
