using LaunchStack.TestSupport;
using Npgsql;

namespace LaunchStack.Ingest.Bench;

/// <summary>The database of the run.</summary>
internal sealed class BenchDatabase : IAsyncDisposable
{
    private readonly IAsyncDisposable? _embedded;

    private BenchDatabase(string connectionString, IAsyncDisposable? embedded)
    {
        ConnectionString = connectionString;
        DataSource = NpgsqlDataSource.Create(connectionString);
        _embedded = embedded;
    }

    public string ConnectionString { get; }

    public NpgsqlDataSource DataSource { get; }

    public string Name { get; private set; } = "";

    public bool TakesCopy { get; private set; }

    /// <summary>The server's main process where it is on this machine, else 0.</summary>
    public int ServerProcess { get; private set; }

    public static async Task<BenchDatabase> OpenAsync(string? connectionString)
    {
        var embedded = connectionString is null ? await TestTimescale.CreateAsync() : null;
        var settings = new NpgsqlConnectionStringBuilder(connectionString ?? embedded!.ConnectionString) { NoResetOnClose = true, MaxAutoPrepare = 0 };
        var database = new BenchDatabase(settings.ConnectionString, embedded);
        await using var connection = await database.DataSource.OpenConnectionAsync();
        database.Name = $"PostgreSQL {connection.PostgreSqlVersion} at {settings.Host}:{settings.Port}";
        database.TakesCopy = await TryCopyAsync(connection);
        await using var command = new NpgsqlCommand("SELECT pg_backend_pid()", connection);
        var backend = (int)(await command.ExecuteScalarAsync())!;
        database.ServerProcess = database.TakesCopy && Directory.Exists($"/proc/{backend}") ? ProcessUsage.Parent(backend) : 0;
        return database;
    }

    public async Task EmptyAsync(int prefill, bool compress, BenchData data)
    {
        await using var command = DataSource.CreateCommand("TRUNCATE resource_usage, outbox");
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
        if (prefill == 0)
            return;
        // The days before those of the samples, and the same instances.
        await using var fill = DataSource.CreateCommand(
            """
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, memory_usage, memory_limit, disk_usage, network_in, network_out)
            SELECT id, $2 - make_interval(secs => 5 * t), 1, 2, 3, 4, 5, 6 FROM unnest($1::uuid[]) id, generate_series(1, $3) t
            """);
        fill.CommandTimeout = 0;
        fill.Parameters.Add(new NpgsqlParameter { Value = data.Ids });
        fill.Parameters.Add(new NpgsqlParameter { Value = data[0].At });
        fill.Parameters.Add(new NpgsqlParameter { Value = prefill / data.Ids.Length });
        await fill.ExecuteNonQueryAsync();
        if (!compress)
            return;
        await using var columns = DataSource.CreateCommand("SELECT count(compress_chunk(c, true)) FROM show_chunks('resource_usage') c");
        columns.CommandTimeout = 0;
        await columns.ExecuteNonQueryAsync();
    }

    public async Task<long> CountAsync()
    {
        await using var command = DataSource.CreateCommand("SELECT count(*) FROM resource_usage");
        command.CommandTimeout = 0;
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        if (_embedded is not null)
            await _embedded.DisposeAsync();
    }

    private static async Task<bool> TryCopyAsync(NpgsqlConnection connection)
    {
        try
        {
            await using var table = new NpgsqlCommand("CREATE TEMPORARY TABLE IF NOT EXISTS bench_probe (n int)", connection);
            await table.ExecuteNonQueryAsync();
            await using var copy = await connection.BeginBinaryImportAsync("COPY bench_probe FROM STDIN (FORMAT binary)");
            await copy.CompleteAsync();
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.FeatureNotSupported)
        {
            return false;
        }
    }
}
