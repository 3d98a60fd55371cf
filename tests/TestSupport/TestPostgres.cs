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
    /// <exception cref="InvalidOperationException">PostgreSQL is not installed; the message says how.</exception>
    public static async Task<TestPostgres> CreateAsync()
    {
        var server = await Server.Value;
        var name = $"test_{Guid.NewGuid():n}";
        await Sql.RunOnceAsync(server, $"CREATE DATABASE {name}");
        return new(name, server);
    }

    private static async Task<string> StartServerAsync()
    {
        var server = await PostgresServer.StartAsync();
        server.DieWithTests();
        return server.ConnectionString;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await Sql.RunOnceAsync(await Server.Value, $"DROP DATABASE {_name} WITH (FORCE)");
    }
}
