using LaunchStack.TestSupport;
using Npgsql;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>One gateway for the tests of a class; always the embedded one, whatever other tests run against.</summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new("gateway");
    private EmbeddedGateway? _gateway;
    private int _tables;

    public EmbeddedGateway Gateway => _gateway!;

    public string ConnectionString => Gateway.ConnectionString;

    public async ValueTask InitializeAsync() => _gateway = await StartAsync(_directory.Path);

    /// <summary>A gateway over a fresh copy of an empty database.</summary>
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

    public async ValueTask DisposeAsync()
    {
        await Gateway.Process.KillAsync();
        await Gateway.DisposeAsync();
        _directory.Dispose();
    }
}
