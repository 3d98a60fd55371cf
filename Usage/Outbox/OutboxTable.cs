using LaunchStack.Usage.Writing;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Usage.Outbox;

/// <summary>The statements that put <c>UsageIngested</c> beside its rows.</summary>
internal static class OutboxTable
{
    private const string Insert =
        $"INSERT INTO outbox (message_type, body, traceparent, tracestate) VALUES ('{UsageEvent.MessageType}', $1, $2, $3)";

    /// <summary>
    /// For statements that only the database can count: the event over a CTE <c>written (instance_id, "timestamp")</c>,
    /// with parameters for batch id, trace parent and trace state from <paramref name="firstParameter"/> on.
    /// </summary>
    public static string InsertFromWritten(int firstParameter) =>
        $"""
        INSERT INTO outbox (message_type, body, traceparent, tracestate)
        SELECT '{UsageEvent.MessageType}',
               jsonb_build_object('batchId', ${firstParameter}::uuid, 'rows', count(*), 'first', min("timestamp"), 'last', max("timestamp"),
                                  'instanceCount', count(DISTINCT instance_id), 'committedAt', now()),
               ${firstParameter + 1}::text, ${firstParameter + 2}::text
        FROM written HAVING count(*) > 0
        """;

    /// <summary>The event of a commit whose rows are all new.</summary>
    public static NpgsqlBatchCommand Command(CommitContext commit)
    {
        var command = new NpgsqlBatchCommand(Insert);
        command.Parameters.Add(new NpgsqlParameter<byte[]>
        {
            TypedValue = UsageEvent.Body(commit.Set, commit.BatchId, commit.Now),
            NpgsqlDbType = NpgsqlDbType.Jsonb,
        });
        BindTrace(command.Parameters, commit);
        return command;
    }

    /// <summary>Parameters of <see cref="InsertFromWritten"/>.</summary>
    public static void BindWritten(NpgsqlParameterCollection parameters, CommitContext commit)
    {
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = commit.BatchId });
        BindTrace(parameters, commit);
    }

    private static void BindTrace(NpgsqlParameterCollection parameters, CommitContext commit)
    {
        parameters.Add(Text(UsageEvent.TraceParent(commit.Activity)));
        parameters.Add(Text(commit.Activity?.TraceStateString));
    }

    private static NpgsqlParameter Text(string? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
}
