using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Move;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>One state of the original for all readers: an exported snapshot, read in read-only transactions.</summary>
internal sealed class OriginalSnapshot : IAsyncDisposable
{
    private readonly string _connectionString;
    private string _id;
    private readonly ILogger _logger;

    private OriginalSnapshot(string connectionString, string id, NpgsqlConnection connection, ILogger logger, int workers, ServerCapacity capacity)
    {
        // Of several hosts the one that holds the snapshot.
        _connectionString = new NpgsqlConnectionStringBuilder(connectionString) { Host = connection.Host, Port = connection.Port }.ConnectionString;
        _id = id;
        _logger = logger;
        Connection = connection;
        Workers = (int)Math.Min(workers, capacity.Connections);
        Narrowed = Workers < workers ? capacity.Limit : null;
    }

    /// <summary>The connection that holds the snapshot; it reads in it too.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>Readers that may work at once.</summary>
    public int Workers { get; }

    /// <summary>What of the server allows no more of them; null where it allows as many as were asked for.</summary>
    public string? Narrowed { get; }

    public static async Task<OriginalSnapshot> TakeAsync(MigrationEnvironment environment, CancellationToken cancellationToken)
    {
        var alone = new NpgsqlConnectionStringBuilder(DatabaseConnection.Prepare(environment.Original)) { Pooling = false }.ConnectionString;
        var connection = await DatabaseConnection.OpenAsync(alone, environment.Logger, TimeProvider.System, cancellationToken);
        try
        {
            return new(
                alone, await ExportAsync(connection, cancellationToken), connection, environment.Logger, environment.Workers, await ServerCapacity.FindAsync(connection, cancellationToken));
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
        _id = await ExportAsync(Connection, cancellationToken);
    }

    private static async Task<string> ExportAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await BeginAsync(connection, import: null, cancellationToken);
        return (await connection.ScalarAsync<string>("SELECT pg_export_snapshot()", cancellationToken))!;
    }

    /// <summary>Runs over as many readers of the same state as may work at once; the first is <see cref="Connection"/>.</summary>
    public async Task WithReadersAsync(Func<IReadOnlyList<NpgsqlConnection>, Task> work, CancellationToken cancellationToken)
    {
        var readers = new List<NpgsqlConnection> { Connection };
        try
        {
            while (readers.Count < Workers)
                readers.Add(await OpenAsync(cancellationToken));
            await work(readers);
        }
        finally
        {
            foreach (var reader in readers.Skip(1))
                await reader.DisposeAsync();
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await DatabaseConnection.OpenAsync(_connectionString, _logger, TimeProvider.System, cancellationToken);
        try
        {
            await BeginAsync(connection, $"SET TRANSACTION SNAPSHOT '{_id}'", cancellationToken);
            return connection;
        }
        catch (Exception error)
        {
            await connection.DisposeAsync();
            // 22023, and 42704 from PostgreSQL 17 on: there is no such snapshot, where it surely is.
            if (error is PostgresException { SqlState: PostgresErrorCodes.InvalidParameterValue or PostgresErrorCodes.UndefinedObject })
                throw new RefusedException(
                    $"Two connections to the original at {DatabaseConnection.Where(_connectionString)} reached different servers: several stand behind that "
                    + "name (a load balancer, a \"-r\" service of standbys, several addresses in DNS), and a snapshot is one server's. "
                    + "Name one server in ConnectionStrings__original.", error);
            throw;
        }
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
