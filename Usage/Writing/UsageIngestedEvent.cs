using LaunchStack.Contracts;
using LaunchStack.Usage.Outbox;
using LaunchStack.Usage.Writing.Strategies;
using Npgsql;

namespace LaunchStack.Usage.Writing;

/// <summary>The statements that put <see cref="UsageIngested"/> beside its rows.</summary>
internal static class UsageIngestedEvent
{
    /// <summary>The event of a commit that wrote just the rows of <paramref name="written"/>.</summary>
    public static NpgsqlBatchCommand Insert(CommitContext commit, CommitSet written)
    {
        var (first, last) = written.Span();
        return OutboxTable.Insert(new UsageIngested(commit.BatchId, written.Count, first, last, written.Instances(), commit.Now), commit.Activity);
    }

    /// <summary>Ends the transaction of the rows of <paramref name="written"/> with their event, in one round trip.</summary>
    public static async Task CommitAsync(CommitContext commit, CommitSet written, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(commit.Connection) { BatchCommands = { Insert(commit, written), new("COMMIT") } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// For statements that only the database can count: the event over a CTE <c>written (instance_id, "timestamp")</c>,
    /// with the parameters of <see cref="BindWritten"/> from <paramref name="firstParameter"/> on.
    /// </summary>
    public static string InsertFromWritten(int firstParameter) =>
        $"""
        {OutboxTable.InsertInto}
        SELECT '{nameof(UsageIngested)}',
               jsonb_build_object('batchId', ${firstParameter}::uuid, 'rows', count(*), 'first', min("timestamp"), 'last', max("timestamp"),
                                  'instanceCount', count(DISTINCT instance_id), 'committedAt', now()),
               ${firstParameter + 1}::text, ${firstParameter + 2}::text
        FROM written HAVING count(*) > 0
        """;

    /// <summary>Adds the parameters of <see cref="InsertFromWritten"/>.</summary>
    public static void BindWritten(NpgsqlParameterCollection parameters, CommitContext commit)
    {
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = commit.BatchId });
        OutboxTable.BindTrace(parameters, commit.Activity);
    }
}
