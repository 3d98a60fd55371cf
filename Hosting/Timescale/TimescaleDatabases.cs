using Aspire.Hosting.ApplicationModel;
using Npgsql;

namespace Aspire.Hosting.Timescale;

/// <summary>Creates a new server's databases.</summary>
internal static class TimescaleDatabases
{
    public static async Task CreateAsync(TimescaleServerResource server, CancellationToken cancellationToken)
    {
        var connectionString = new NpgsqlConnectionStringBuilder((await server.ConnectionStringExpression.GetValueAsync(cancellationToken))!) { Pooling = false };
        foreach (var database in server.Databases.Values.Distinct())
        {
            try
            {
                connectionString.Database = "postgres";
                var quoted = database.Replace("\"", "\"\"", StringComparison.Ordinal);
                await ExecuteAsync(connectionString, $"CREATE DATABASE \"{quoted}\"", cancellationToken);
            }
            catch (PostgresException exists) when (exists.SqlState == PostgresErrorCodes.DuplicateDatabase)
            {
                // A start on a kept volume.
            }
            connectionString.Database = database;
            await ExecuteAsync(connectionString, "CREATE EXTENSION IF NOT EXISTS timescaledb", cancellationToken);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnectionStringBuilder connectionString, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
