using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Schema;

/// <summary>Leaves an event in the outbox table; the relay of the services publishes it. The migrator needs no broker.</summary>
internal static class OutboxRow
{
    public static async Task WriteAsync<T>(NpgsqlConnection connection, T message, CancellationToken cancellationToken)
        where T : notnull
    {
        await using var insert = new NpgsqlCommand(
            "INSERT INTO outbox (message_type, body, traceparent, tracestate) VALUES ($1, $2, $3, $4)", connection)
        {
            Parameters =
            {
                new() { Value = typeof(T).Name },
                new() { Value = JsonSerializer.Serialize(message, JsonSerializerOptions.Web), NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = (object?)Activity.Current?.Id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = (object?)Activity.Current?.TraceStateString ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            },
        };
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }
}
