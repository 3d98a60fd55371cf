using System.Diagnostics;
using Npgsql;

namespace LaunchStack.TestSupport;

/// <summary>A plain PostgreSQL server from the machine's installation, over a directory of its own.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new("postgres");
    private ChildProcess? _process;
    private int _port;

    private PostgresServer()
    {
    }

    /// <summary>For Npgsql, as its superuser; another one after <see cref="StartAgainAsync"/>.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres";

    private string Data => Path.Combine(_directory.Path, "data");

    /// <summary>Makes a cluster and starts it.</summary>
    /// <exception cref="InvalidOperationException">PostgreSQL is not installed; the message says how.</exception>
    public static async Task<PostgresServer> StartAsync()
    {
        var server = new PostgresServer();
        if (Environment.UserName == "root")
        {
            using var chown = Process.Start("chown", ["postgres", server._directory.Path]);
            await chown.WaitForExitAsync();
        }

        await server.LaunchAsync(drop => $"""
            {drop}initdb" --pgdata "{server.Data}" --username postgres --auth trust --encoding UTF8 --locale C --no-sync || exit 1

            """);
        return server;
    }

    /// <summary>kill -9 of the server, as a crash would; its sessions end with it.</summary>
    public async Task KillAsync() => await _process!.CloseInputAsync();

    /// <summary>Starts it over the same files, on another port, after <see cref="KillAsync"/>.</summary>
    public Task StartAgainAsync() => LaunchAsync(_ => "");

    /// <summary>For the server that all tests share.</summary>
    public void DieWithTests() => _process!.DieWithTests(_directory);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process!.DisposeAsync();
        _directory.Dispose();
    }

    private async Task LaunchAsync(Func<string, string> before)
    {
        // PostgreSQL refuses to run as root: then it runs as the user its package made.
        var program = (Environment.UserName == "root" ? "setpriv --reuid=postgres --regid=postgres --clear-groups " : "")
            + $"\"{FindBinaries()}/";

        _port = FreePort.Take();

        // A killed server's sessions take a moment to notice; until then a new one does not start over their memory.
        _process = ChildProcess.StartGuarded(
            "postgres",
            $"""
             {before(program)}for attempt in 1 2 3 4 5 6 7 8 9 10; do
               {program}postgres" -D "{Data}" -p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off && break
               sleep 0.5
             done &
             """);
        await Wait.UntilAsync(AnswersAsync, "PostgreSQL answers", TimeSpan.FromMinutes(1));
    }

    private static string FindBinaries()
    {
        const string Debian = "/usr/lib/postgresql";
        var versions = Directory.Exists(Debian) ? Directory.GetDirectories(Debian) : [];
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        return versions.OrderDescending(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin"))
                .Concat(path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
                .FirstOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")))
            ?? throw new InvalidOperationException("PostgreSQL is not installed: run scripts/prerequisites.sh test, or apt-get install postgresql.");
    }

    private async Task<bool> AnswersAsync()
    {
        if (_process!.HasExited)
            throw new InvalidOperationException($"PostgreSQL ended while starting:\n{_process.Output}");
        try
        {
            await using var source = NpgsqlDataSource.Create(ConnectionString);
            await using var command = source.CreateCommand("SELECT 1");
            await command.ExecuteScalarAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
