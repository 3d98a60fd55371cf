using LaunchStack.Usage.Database;
using LaunchStack.Usage.Outbox;
using Npgsql;

namespace LaunchStack.Usage.Writing;

/// <summary>
/// One round trip of array parameters, for databases that refuse COPY and for small commits.
/// Fails with 23505 when any row is there already: ON CONFLICT would cost every row.
/// </summary>
internal sealed class InsertStrategy : IWriteStrategy
{
    private const string Insert =
        $"INSERT INTO resource_usage ({CopyEncoder.Columns}) SELECT {CopyEncoder.Columns} FROM {RowArrays.Unnest}";

    public string Name => "insert";

    public async Task<IReadOnlyCollection<int>> CommitAsync(CommitContext commit, CancellationToken cancellationToken)
    {
        // Both commands go before one Sync, which makes them one transaction.
        var rows = new NpgsqlBatchCommand(Insert);
        commit.Arrays.Bind(rows.Parameters, commit.Set);
        await using var batch = new NpgsqlBatch(commit.Connection) { BatchCommands = { rows, OutboxTable.Command(commit) } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return [];
    }
}
