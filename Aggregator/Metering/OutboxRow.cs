using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Metering;

/// <summary>An event, in the transaction of what it tells; the relay publishes it.</summary>
internal static class OutboxRow
{
    public static async Task WriteAsync<T>(NpgsqlConnection connection, T message, CancellationToken cancellationToken)
        where T : notnull
    {
        await using var insert = new NpgsqlCommand("INSERT INTO outbox (message_type, body, traceparent, tracestate) VALUES ($1, $2, $3, $4)", connection);
        insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = typeof(T).Name });
        insert.Parameters.Add(new() { Value = JsonSerializer.Serialize(message, JsonSerializerOptions.Web), NpgsqlDbType = NpgsqlDbType.Jsonb });
        insert.Parameters.Add(new() { Value = (object?)Activity.Current?.Id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        insert.Parameters.Add(new() { Value = (object?)Activity.Current?.TraceStateString ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }
}
