using LaunchStack.Migrator.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>One state of the original for all readers: an exported snapshot, read in read-only transactions.</summary>
internal sealed class OriginalSnapshot : IAsyncDisposable
{
    private readonly string _connectionString;
    private readonly string _id;

    private OriginalSnapshot(string connectionString, string id, NpgsqlConnection connection)
    {
        _connectionString = connectionString;
        _id = id;
        Connection = connection;
    }

    /// <summary>The connection that holds the snapshot; it reads in it too.</summary>
    public NpgsqlConnection Connection { get; }

    public static async Task<OriginalSnapshot> TakeAsync(string connectionString, ILogger logger, CancellationToken cancellationToken)
    {
        var alone = new NpgsqlConnectionStringBuilder(DatabaseConnection.Prepare(connectionString)) { Pooling = false }.ConnectionString;
        var connection = await DatabaseConnection.OpenAsync(alone, logger, TimeProvider.System, cancellationToken);
        try
        {
            await BeginAsync(connection, import: null, cancellationToken);
            var id = await connection.ScalarAsync<string>("SELECT pg_export_snapshot()", cancellationToken);
            return new(alone, id!, connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Another reader of the same state. Disposing the connection ends its transaction.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync(cancellationToken);
        await BeginAsync(connection, $"SET TRANSACTION SNAPSHOT '{_id}'", cancellationToken);
        return connection;
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    private static async Task BeginAsync(NpgsqlConnection connection, string? import, CancellationToken cancellationToken)
    {
        await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        await connection.ExecuteAsync(
            $"SET TRANSACTION READ ONLY; {(import is null ? "" : $"{import}; ")}{DatabaseConnection.SessionSettings}; "
            + "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0", cancellationToken);
    }
}
