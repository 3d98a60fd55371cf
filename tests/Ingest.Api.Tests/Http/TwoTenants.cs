using LaunchStack.Ingest.Api.Bodies;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Npgsql;

namespace LaunchStack.Ingest.Api.Tests.Http;

/// <summary>The service in this process, with a user and an instance of each of two tenants.</summary>
public sealed class TwoTenants : IAsyncLifetime
{
    /// <summary>Name of the other's instance.</summary>
    public const string Secret = "secret-shop";

    private TestTimescale _database = null!;
    private WebApplicationFactory<BodyOptions> _service = null!;

    public Guid User { get; } = Guid.NewGuid();

    public Guid Own { get; } = Guid.NewGuid();

    public Guid Other { get; } = Guid.NewGuid();

    public IServiceProvider Services => _service.Services;

    public HttpClient CreateClient() => _service.CreateClient();

    public async ValueTask InitializeAsync()
    {
        _database = await TestTimescale.CreateAsync();
        var otherUser = Guid.NewGuid();
        await using var fill = _database.DataSource.CreateCommand(
            $"""
            INSERT INTO users (id) VALUES ('{User}'), ('{otherUser}');
            INSERT INTO instances (id, name, user_id) VALUES ('{Own}', 'own-shop', '{User}'), ('{Other}', '{Secret}', '{otherUser}');
            """);
        await fill.ExecuteNonQueryAsync();
        _service = new WebApplicationFactory<BodyOptions>().WithWebHostBuilder(host => host
            .UseSetting("ConnectionStrings:launchstack", _database.ConnectionString)
            .UseSetting("ConnectionStrings:messaging", "amqp://guest:guest@127.0.0.1:1")
            .UseSetting("Auth:AdminKey", ServedApi.AdminKey));
    }

    public Task<long> CountAsync(Guid instance) => _database.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usage WHERE instance_id = $1", instance);

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        await _database.DisposeAsync();
    }
}
