using System.Diagnostics;
using Aspire.Hosting;
using Aspire.Hosting.Internal.Launch;
using Npgsql;

namespace LaunchStack.TestSupport;

/// <summary>A database of the test's own on a plain PostgreSQL server, started once for the test process from the machine's installation.</summary>
public sealed class TestPostgres : IAsyncDisposable
{
    private static readonly Lazy<Task<string>> Server = new(StartServerAsync);

    private readonly string _name;

    private TestPostgres(string name, string server)
    {
        _name = name;
        ConnectionString = new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
        DataSource = NpgsqlDataSource.Create(ConnectionString);
    }

    /// <summary>For Npgsql.</summary>
    public string ConnectionString { get; }

    /// <summary>A pool over <see cref="ConnectionString"/>, disposed with this.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>Makes an empty database.</summary>
    /// <exception cref="DistributedApplicationException">PostgreSQL is not installed; the message says how.</exception>
    public static async Task<TestPostgres> CreateAsync()
    {
        var server = await Server.Value;
        var name = $"test_{Guid.NewGuid():n}";
        await ExecuteAsync(server, $"CREATE DATABASE {name}");
        return new(name, server);
    }

    private static async Task<string> StartServerAsync()
    {
        var bin = PostgresLaunch.FindBinaries();
        var directory = new TemporaryDirectory("postgres");
        var data = Path.Combine(directory.Path, "data");
        // PostgreSQL refuses to run as root: then it runs as the user its package made.
        var drop = "";
        if (Environment.UserName == "root")
        {
            drop = "setpriv --reuid=postgres --regid=postgres --clear-groups ";
            await RunAsync("chown", "postgres", directory.Path);
        }

        var port = FreePort.Take();
        var process = ChildProcess.StartGuarded(
            "postgres",
            $"""
             {drop}"{bin}/initdb" --pgdata "{data}" --username postgres --auth trust --encoding UTF8 --locale C --no-sync || exit 1
             {drop}"{bin}/postgres" -D "{data}" -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off &
             """);
        process.DieWithTests(directory);
        var connectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres";
        await Wait.UntilAsync(
            async () =>
            {
                if (process.HasExited)
                    throw new InvalidOperationException($"PostgreSQL ended while starting:\n{process.Output}");
                try
                {
                    await ExecuteAsync(connectionString, "SELECT 1");
                    return true;
                }
                catch (NpgsqlException)
                {
                    return false;
                }
            },
            "PostgreSQL answers",
            TimeSpan.FromMinutes(1));
        return connectionString;
    }

    private static async Task RunAsync(string file, params string[] arguments)
    {
        using var process = Process.Start(file, arguments);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} failed with {process.ExitCode}");
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await ExecuteAsync(await Server.Value, $"DROP DATABASE {_name} WITH (FORCE)");
    }
}
