using LaunchStack.Migrator.Schema;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LaunchStack.TestSupport;

/// <summary>
/// A TimescaleDB database of the test's own: the embedded one, or, where <c>LAUNCHSTACK_TEST_TIMESCALE</c> holds a
/// connection string, a new database on that server, dropped afterwards.
/// </summary>
public sealed class TestTimescale : IAsyncDisposable
{
    /// <summary>Environment variable with the connection string of a real server.</summary>
    public const string ServerVariable = "LAUNCHSTACK_TEST_TIMESCALE";

    private readonly Func<ValueTask> _remove;

    private TestTimescale(string connectionString, EmbeddedGateway? gateway, Func<ValueTask> remove)
    {
        ConnectionString = connectionString;
        Gateway = gateway;
        DataSource = NpgsqlDataSource.Create(connectionString);
        _remove = remove;
    }

    /// <summary>For Npgsql.</summary>
    public string ConnectionString { get; }

    /// <summary>A pool over <see cref="ConnectionString"/>, disposed with this.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>The gateway in front of it; null on a real server.</summary>
    public EmbeddedGateway? Gateway { get; }

    /// <summary>Makes a database; <paramref name="migrated"/> with the newest schema in it.</summary>
    public static Task<TestTimescale> CreateAsync(bool migrated = true) =>
        Environment.GetEnvironmentVariable(ServerVariable) is { Length: > 0 }
            ? CreateOnServerAsync(migrated)
            : CreateEmbeddedAsync(migrated);

    /// <summary>The embedded one, whatever the others are; its gateway with <paramref name="options"/> of the command line.</summary>
    public static async Task<TestTimescale> CreateEmbeddedAsync(bool migrated, params string[] options)
    {
        var (gateway, giveBack) = await WarmGateway.ServeAsync(await TemplateDatabase.GetAsync(migrated), options);
        return new(gateway.ConnectionString, gateway, giveBack);
    }

    private static async Task<TestTimescale> CreateOnServerAsync(bool migrated)
    {
        var database = await EmptyDatabase.CreateAsync("template1");
        if (migrated)
            await SchemaMigration.ApplyAsync(database.ConnectionString, new LifecycleOptions(), NullLogger.Instance, CancellationToken.None);
        else
            await Sql.RunOnceAsync(database.ConnectionString, "CREATE EXTENSION IF NOT EXISTS timescaledb"); // The embedded database has it from the start.
        return new(database.ConnectionString, null, database.DisposeAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await _remove();
    }
}
