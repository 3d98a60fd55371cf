using Npgsql;
using Xunit;

namespace LaunchStack.TestSupport;

/// <summary>One database on a plain PostgreSQL server, which the tests of a class take one after another.</summary>
public sealed class SharedPostgres : IAsyncLifetime
{
    private TestPostgres? _database;

    /// <summary>For Npgsql.</summary>
    public string ConnectionString => _database!.ConnectionString;

    /// <summary>A pool over it.</summary>
    public NpgsqlDataSource DataSource => _database!.DataSource;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _database = await TestPostgres.CreateAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database!.DisposeAsync();
}
