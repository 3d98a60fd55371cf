using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Aspire.Hosting.Timescale;

/// <summary>
/// Healthy while TimescaleDB works, which an open port does not tell: without its libraries compressed rows are silently missing from
/// answers, and without its scheduler no policy ever runs. An image that only offers the extension is as good as one that has it in
/// "postgres". Of a database it asks only whether it is there, with the extension in it.
/// </summary>
internal sealed class TimescaleHealthCheck(TimescaleServerResource server, TimescaleDatabaseResource? database = null) : IHealthCheck
{
    // Rolled back: it leaves nothing behind. A schema of its own, since any name in another may be taken.
    private const string Prove =
        """
        CREATE SCHEMA timescale_proof;
        CREATE TABLE timescale_proof.rows (at timestamptz NOT NULL, n int);
        SELECT create_hypertable('timescale_proof.rows', 'at', create_default_indexes => false);
        ALTER TABLE timescale_proof.rows SET (timescaledb.compress);
        INSERT INTO timescale_proof.rows VALUES ('2020-01-01', 1);
        SELECT compress_chunk(chunk) FROM show_chunks('timescale_proof.rows') chunk;
        """;

    private bool _proven;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var connectionString = new NpgsqlConnectionStringBuilder((await server.ConnectionStringExpression.GetValueAsync(cancellationToken))!)
            {
                Database = database?.DatabaseName ?? (server.Embedded is null ? "postgres" : server.EmbeddedDatabase),
                Pooling = false,
                Timeout = 5,
                CommandTimeout = 10,
            };
            await using var connection = new NpgsqlConnection(connectionString.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            return await FindFaultAsync(connection, cancellationToken) is { } fault ? HealthCheckResult.Unhealthy(fault) : HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
        {
            return HealthCheckResult.Unhealthy(exception.Message, exception);
        }
    }

    private async Task<string?> FindFaultAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!_proven && database is null && server.Embedded is null)
            await ScalarAsync(connection, "CREATE EXTENSION IF NOT EXISTS timescaledb", cancellationToken);
        // A setting of a library that is not loaded is null.
        if (await ScalarAsync(
            connection, "SELECT current_setting('timescaledb.license', true) FROM pg_extension WHERE extname = 'timescaledb'", cancellationToken) is not string license)
            return "The extension timescaledb is not installed, or its library is not loaded.";
        if (license != "timescale")
            return $"TimescaleDB runs under the licence '{license}', which lacks compression and continuous aggregates.";
        if (database is not null)
            return null;

        if (!_proven)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await ScalarAsync(connection, Prove, cancellationToken);
            if (await ScalarAsync(connection, "SELECT count(*) FROM timescale_proof.rows WHERE n = 1", cancellationToken) is not 1L)
                return "A compressed row is not visible.";
            _proven = true;
        }

        // The embedded database has no background workers: that it took these statements is the sign of life of its own scheduler.
        return server.Embedded is not null
            || await ScalarAsync(connection, "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'TimescaleDB Background Worker%'", cancellationToken) is > 0L
            ? null
            : "TimescaleDB's background workers do not run: no policy will.";
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
