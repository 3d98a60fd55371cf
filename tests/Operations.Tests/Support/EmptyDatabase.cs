using LaunchStack.TestSupport;
using Npgsql;

namespace LaunchStack.Operations.Tests.Support;

/// <summary>A database with nothing in it on the server of <c>LAUNCHSTACK_TEST_TIMESCALE</c>.</summary>
internal sealed class EmptyDatabase(string server, string name) : IAsyncDisposable
{
    public string ConnectionString { get; } = new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;

    public static async Task<EmptyDatabase> CreateAsync()
    {
        var server = Environment.GetEnvironmentVariable(TestTimescale.ServerVariable)!;
        var name = $"test_{Guid.NewGuid():n}";
        await ExecuteAsync(server, $"CREATE DATABASE {name} TEMPLATE template0");
        return new(server, name);
    }

    public async ValueTask DisposeAsync() => await ExecuteAsync(server, $"DROP DATABASE {name} WITH (FORCE)");

    private static async Task ExecuteAsync(string server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
