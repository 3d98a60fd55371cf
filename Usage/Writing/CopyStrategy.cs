using LaunchStack.Usage.Database;
using LaunchStack.Usage.Outbox;
using Npgsql;

namespace LaunchStack.Usage.Writing;

/// <summary>The fastest: binary COPY straight into the hypertable. Fails with 23505 when any row is there already.</summary>
internal sealed class CopyStrategy : IWriteStrategy
{
    public string Name => "copy";

    public async Task<IReadOnlyCollection<int>> CommitAsync(CommitContext commit, CancellationToken cancellationToken)
    {
        await using var transaction = await commit.Connection.BeginTransactionAsync(cancellationToken);
        await CopyStream.WriteAsync(commit.Connection, "resource_usage", commit.Set, withPosition: false, cancellationToken);
        await using var outbox = new NpgsqlBatch(commit.Connection, transaction) { BatchCommands = { OutboxTable.Command(commit) } };
        await outbox.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return [];
    }
}
