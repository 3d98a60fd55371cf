using Npgsql;

namespace LaunchStack.TestSupport;

/// <summary>A database with nothing in it on the server of <c>LAUNCHSTACK_TEST_TIMESCALE</c>, dropped afterwards.</summary>
public sealed class EmptyDatabase : IAsyncDisposable
{
    private readonly string _server;
    private readonly string _name;

    private EmptyDatabase(string server, string name) => (_server, _name) = (server, name);

    /// <summary>For Npgsql.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(_server) { Database = _name }.ConnectionString;

    /// <summary>Makes one; <paramref name="template"/> template1 may hold the extension already.</summary>
    public static async Task<EmptyDatabase> CreateAsync(string template = "template0")
    {
        var server = Environment.GetEnvironmentVariable(TestTimescale.ServerVariable)!;
        var name = $"test_{Guid.NewGuid():n}";
        await Wait.UntilAsync(
            () => TryCreateAsync(server, $"CREATE DATABASE {name} TEMPLATE {template}"), $"nobody is connected to {template}", TimeSpan.FromMinutes(1));
        return new(server, name);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Sql.RunOnceAsync(_server, $"DROP DATABASE {_name} WITH (FORCE)");

    // Not while anyone is connected to the template: TimescaleDB's launcher looks in every minute. CREATE DATABASE itself waits 5 s.
    private static async Task<bool> TryCreateAsync(string server, string sql)
    {
        try
        {
            await Sql.RunOnceAsync(server, sql);
            return true;
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.ObjectInUse)
        {
            return false;
        }
    }
}
