using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Move;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>
/// One state of the original for all readers: an exported snapshot, read in read-only transactions. Its tables are locked first, as nobody
/// may alter what is read: to a snapshot that is older than a rewriting ALTER TABLE, or a TRUNCATE, the table is empty.
/// </summary>
internal sealed class OriginalSnapshot : IAsyncDisposable
{
    private readonly string _connectionString;
    private readonly MigrationEnvironment _environment;
    private readonly WorkerConnections _readers;
    private (string Id, IReadOnlyList<string> Locked) _state;

    private OriginalSnapshot(
        string connectionString, (string Id, IReadOnlyList<string> Locked) state, NpgsqlConnection connection, MigrationEnvironment environment)
    {
        // The one that holds the snapshot.
        _connectionString = DatabaseConnection.ToSameHost(connectionString, connection);
        _state = state;
        _environment = environment;
        _readers = new("The original", connection, OpenAsync, environment.Logger);
        Connection = connection;
    }

    /// <summary>The connection that holds the snapshot; it reads in it too.</summary>
    public NpgsqlConnection Connection { get; }

    /// <inheritdoc cref="WorkerConnections.Narrowed"/>
    public string? Narrowed => _readers.Narrowed;

    public static async Task<OriginalSnapshot> TakeAsync(MigrationEnvironment environment, CancellationToken cancellationToken)
    {
        var alone = new NpgsqlConnectionStringBuilder(DatabaseConnection.Prepare(environment.Original)) { Pooling = false }.ConnectionString;
        var connection = await DatabaseConnection.OpenAsync(alone, environment.Logger, environment.Time, cancellationToken);
        try
        {
            return new(alone, await ExportAsync(connection, environment, cancellationToken), connection, environment);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Goes on to the state of this moment.</summary>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        await Connection.ExecuteAsync("ROLLBACK", cancellationToken);
        _state = await ExportAsync(Connection, _environment, cancellationToken);
    }

    private static async Task<(string Id, IReadOnlyList<string> Locked)> ExportAsync(
        NpgsqlConnection connection, MigrationEnvironment environment, CancellationToken cancellationToken)
    {
        var started = environment.Time.GetTimestamp();
        while (true)
        {
            var tables = await OriginalCatalog.LockableAsync(connection, OriginalDatabase.Names, cancellationToken);
            var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
            try
            {
                await LockAsync(connection, tables, cancellationToken);
                await SetAsync(connection, cancellationToken);
                return ((await connection.ScalarAsync<string>("SELECT pg_export_snapshot()", cancellationToken))!, tables);
            }
            catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.UndefinedTable)
            {
                // Somebody alters one, or has just put another in its place.
                await transaction.RollbackAsync(cancellationToken);
                DatabaseLog.DatabaseAwaited(environment.Logger, environment.Time.GetElapsedTime(started).TotalSeconds, error.MessageText);
                await Task.Delay(TimeSpan.FromSeconds(1), environment.Time, cancellationToken);
            }
        }
    }

    /// <summary>Runs over as many readers of the same state as may work at once; the first is <see cref="Connection"/>.</summary>
    public Task WithReadersAsync(Func<IReadOnlyList<NpgsqlConnection>, Task> work, CancellationToken cancellationToken) =>
        _readers.RunAsync(_environment.Workers, work, cancellationToken);

    /// <summary>Null where somebody waits to alter a table: a further reader would wait behind him for good, as he waits for the first.</summary>
    private async Task<NpgsqlConnection?> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await DatabaseConnection.OpenAsync(_connectionString, _environment.Logger, _environment.Time, cancellationToken, isFurther: true);
        try
        {
            await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
            await connection.ExecuteAsync($"SET TRANSACTION SNAPSHOT '{_state.Id}'", cancellationToken);
            await LockAsync(connection, _state.Locked, cancellationToken);
            await SetAsync(connection, cancellationToken);
            return connection;
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            await connection.DisposeAsync();
            return null;
        }
        catch (Exception error)
        {
            await connection.DisposeAsync();
            // 22023, and 42704 from PostgreSQL 17 on: there is no such snapshot, where it surely is.
            if (error is PostgresException { SqlState: PostgresErrorCodes.InvalidParameterValue or PostgresErrorCodes.UndefinedObject })
            {
                // Unless the session that holds it has ended, which fails with the cause.
                await Connection.ExecuteAsync("SELECT", cancellationToken);
                throw new RefusedException(
                    $"Two connections to the original at {DatabaseConnection.Where(_connectionString)} reached different servers: several stand behind that "
                    + "name (a load balancer, a \"-r\" service of standbys, several addresses in DNS), and a snapshot is one server's. "
                    + "Name one server in ConnectionStrings__original.", error);
            }

            throw;
        }
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    /// <summary>
    /// Before anything takes the transaction's snapshot. Not waiting: who holds one table and waits for another may be what an alteration
    /// waits for.
    /// </summary>
    private static async Task LockAsync(NpgsqlConnection connection, IReadOnlyList<string> tables, CancellationToken cancellationToken)
    {
        foreach (var table in tables)
        {
            try
            {
                await connection.ExecuteAsync($"SAVEPOINT locking; LOCK TABLE {table} IN ACCESS SHARE MODE NOWAIT; RELEASE locking", cancellationToken);
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                // Of what stands beneath a view; whoever reads it is told.
                await connection.ExecuteAsync("ROLLBACK TO locking; RELEASE locking", cancellationToken);
            }
        }
    }

    private static async Task SetAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => await connection.ExecuteAsync(
        $"SET TRANSACTION READ ONLY; {DatabaseConnection.SessionSettings}; SET LOCAL max_parallel_workers_per_gather = 0", cancellationToken);
}
