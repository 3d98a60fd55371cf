using Npgsql;

namespace LaunchStack.Migrator.Tests;

/// <summary>A target without the schema, for plans and for copies that are refused: neither changes it.</summary>
public sealed class EmptyTarget : IAsyncLifetime
{
    private TestTimescale? _database;

    public string ConnectionString => _database!.ConnectionString;

    public NpgsqlDataSource DataSource => _database!.DataSource;

    public async ValueTask InitializeAsync() => _database = await TestTimescale.CreateAsync(migrated: false);

    public ValueTask DisposeAsync() => _database!.DisposeAsync();
}
