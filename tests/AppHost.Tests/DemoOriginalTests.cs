using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Npgsql;

namespace LaunchStack.AppHost.Tests;

public sealed class DemoOriginalTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_demo_original_is_moved_and_the_books_add_up()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(["--demo-original"], Cancelled);
        // The databases and the migrator; the rest of the system has tests of its own.
        foreach (var resource in builder.Resources.Where(r => r.Name is "messaging" or "ingest-api" or "aggregator" or "agent").ToList())
            builder.Resources.Remove(resource);
        var app = await builder.BuildAsync(Cancelled);
        await app.StartAsync(Cancelled);

        var migrator = await app.ResourceNotifications.WaitForResourceAsync("migrator", e => e.Snapshot.ExitCode is not null, Cancelled);

        Assert.Equal(0, migrator.Snapshot.ExitCode);
        var source = await CountAsync(builder, "original", "SELECT count(*) FROM resource_usages");
        var moved = await CountAsync(builder, "launchstack", "SELECT count(*) FROM resource_usage");
        var quarantined = await CountAsync(
            builder, "launchstack", "SELECT count(*) FROM migration_quarantine WHERE source_table LIKE '%resource_usages'");
        Assert.Equal(50_025, source);
        Assert.InRange(quarantined, 20, 100);
        Assert.Equal(source, moved + quarantined);
    }

    private static async Task<long> CountAsync(IDistributedApplicationTestingBuilder builder, string database, string sql)
    {
        var resource = builder.Resources.OfType<PostgresDatabaseResource>().Single(r => r.Name == database);
        await using var source = NpgsqlDataSource.Create((await resource.GetConnectionStringAsync(Cancelled))!);
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Cancelled))!;
    }
}
