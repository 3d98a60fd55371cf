using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Usage.Outbox;

/// <summary>Leaves a message in the outbox table, in the transaction of what it tells. <see cref="OutboxRelay"/> publishes it.</summary>
public static class OutboxTable
{
    internal const string InsertInto = "INSERT INTO outbox (message_type, body, traceparent, tracestate)";

    /// <summary>The statement, for a batch.</summary>
    /// <param name="message">A record of Contracts.</param>
    /// <param name="activity">The trace goes on from here; null: it ends.</param>
    public static NpgsqlBatchCommand Insert<T>(T message, Activity? activity)
        where T : notnull
    {
        var command = new NpgsqlBatchCommand($"{InsertInto} VALUES ('{typeof(T).Name}', $1, $2, $3)");
        command.Parameters.Add(new NpgsqlParameter<byte[]>
        {
            TypedValue = JsonSerializer.SerializeToUtf8Bytes(message, EventJson.Events),
            NpgsqlDbType = NpgsqlDbType.Jsonb,
        });
        BindTrace(command.Parameters, activity);
        return command;
    }

    /// <summary>Inserts a message with the trace of the current activity.</summary>
    /// <param name="connection">Within the transaction of what the message tells.</param>
    /// <param name="message">A record of Contracts.</param>
    /// <param name="cancellationToken">Stops; the transaction must not be committed then.</param>
    public static async Task InsertAsync<T>(NpgsqlConnection connection, T message, CancellationToken cancellationToken)
        where T : notnull
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Insert(message, Activity.Current) } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    internal static void BindTrace(NpgsqlParameterCollection parameters, Activity? activity)
    {
        parameters.Add(Text(activity is { IdFormat: ActivityIdFormat.W3C } ? activity.Id : null));
        parameters.Add(Text(activity?.TraceStateString));
    }

    private static NpgsqlParameter Text(string? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
}
