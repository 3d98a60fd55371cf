using LaunchStack.Migrator.Schema;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LaunchStack.Migrator.Source;

/// <summary>One state of the original for all readers: an exported snapshot, read in read-only transactions.</summary>
internal sealed class OriginalSnapshot : IAsyncDisposable
{
    private readonly string connectionString;
    private readonly string id;
    private readonly NpgsqlTransaction transaction;

    private OriginalSnapshot(string connectionString, string id, NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        this.connectionString = connectionString;
        this.id = id;
        Connection = connection;
        this.transaction = transaction;
    }

    /// <summary>The connection that holds the snapshot; it reads in it too.</summary>
    public NpgsqlConnection Connection { get; }

    public static async Task<OriginalSnapshot> TakeAsync(string connectionString, ILogger logger, CancellationToken cancellationToken)
    {
        connectionString = new NpgsqlConnectionStringBuilder(DatabaseConnection.Prepare(connectionString)) { Pooling = false }.ConnectionString;
        var connection = await DatabaseConnection.OpenAsync(connectionString, logger, TimeProvider.System, cancellationToken);
        var transaction = await BeginAsync(connection, import: null, cancellationToken);
        await using var export = new NpgsqlCommand("SELECT pg_export_snapshot()", connection);
        var id = (string)(await export.ExecuteScalarAsync(cancellationToken))!;
        return new(connectionString, id, connection, transaction);
    }

    /// <summary>Another reader of the same state. Disposing the connection ends its transaction.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await BeginAsync(connection, $"SET TRANSACTION SNAPSHOT '{id}'", cancellationToken);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }

    private static async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, string? import, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var snapshot = import is null ? "" : $"{import}; ";
        await using var settings = new NpgsqlCommand(
            $"SET TRANSACTION READ ONLY; {snapshot}{DatabaseConnection.SessionSettings}; "
            + "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0", connection);
        await settings.ExecuteNonQueryAsync(cancellationToken);
        return transaction;
    }
}
