using Npgsql;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>One gateway for the tests of a class; always the embedded one, whatever other tests run against.</summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    private TestTimescale? _database;
    private int _tables;

    public EmbeddedGateway Gateway => _database!.Gateway!;

    public string ConnectionString => Gateway.ConnectionString;

    public async ValueTask InitializeAsync() => _database = await TestTimescale.CreateEmbeddedAsync(migrated: false);

    /// <summary>A gateway in a process of its own over a fresh copy of an empty database, for tests of the process.</summary>
    public static async Task<EmbeddedGateway> StartAsync(string directory, params string[] options)
    {
        if (Directory.GetFileSystemEntries(directory).Length == 0)
            await EmbeddedGateway.CopyEmptyAsync(directory);
        return await EmbeddedGateway.StartAsync(directory, options);
    }

    /// <summary>A data source of the test's own; <paramref name="configure"/> changes what the services use.</summary>
    public NpgsqlDataSource Source(Action<NpgsqlConnectionStringBuilder>? configure = null) => Source(Gateway, configure);

    public static NpgsqlDataSource Source(EmbeddedGateway gateway, Action<NpgsqlConnectionStringBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        var builder = new NpgsqlConnectionStringBuilder(gateway.ConnectionString);
        configure?.Invoke(builder);
        return NpgsqlDataSource.Create(builder);
    }

    /// <summary>Makes a table nobody else uses.</summary>
    public async Task<string> TableAsync(NpgsqlDataSource source, string columns = "n int")
    {
        var name = $"t{Interlocked.Increment(ref _tables)}";
        await source.RunAsync($"CREATE TABLE {name} ({columns})");
        return name;
    }

    public ValueTask DisposeAsync() => _database!.DisposeAsync();
}
