using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Usage.Writing.Strategies;

/// <summary>
/// One round trip of array parameters, for databases that refuse COPY and for small commits.
/// Fails with 23505 when any row is there already: ON CONFLICT would cost every row.
/// </summary>
internal sealed class InsertStrategy : IWriteStrategy
{
    private static readonly string Insert =
        $"INSERT INTO {SampleTable.Name} ({SampleTable.Columns}) SELECT {SampleTable.Columns} FROM {RowArrays.Rows}";

    public string Name => "insert";

    public async Task<IReadOnlyCollection<int>> CommitAsync(CommitContext commit, CancellationToken cancellationToken)
    {
        // All commands go before one Sync, which makes them one transaction.
        var rows = new NpgsqlBatchCommand(Insert);
        commit.Arrays.Bind(rows.Parameters, commit.Set);
        await using var batch = new NpgsqlBatch(commit.Connection) { BatchCommands = { rows, UsageIngestedEvent.Insert(commit, commit.Set) } };
        if (LateSamples.Note(commit, commit.Set) is { } note)
            batch.BatchCommands.Insert(0, note);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return [];
    }
}
