using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using LaunchStack.TestSupport;
using Npgsql;

namespace LaunchStack.AppHost.Tests;

public sealed class DemoOriginalTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_demo_original_is_moved_the_books_add_up_and_the_verbs_are_resources()
    {
        using var state = new TemporaryDirectory("demo");
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            [$"--LaunchStack:State={state.Path}", "--LaunchStack:DemoOriginal=true"], Cancelled);
        // The databases and the migrator; the rest of the system has tests of its own.
        foreach (var resource in builder.Resources.Where(r => r.Name is "messaging" or "ingest-api" or "aggregator" or "agent" or "web").ToList())
            builder.Resources.Remove(resource);
        await using var app = await builder.BuildAsync(Cancelled);
        await app.StartAsync(Cancelled);

        await AssertEndsWellAsync(app, "migrator");
        await using var original = await DataSourceAsync(app, "original");
        await using var database = await DataSourceAsync(app, "launchstack");
        var source = await original.ScalarAsync<long>("SELECT count(*) FROM resource_usages");
        var quarantined = await database.ScalarAsync<long>("SELECT count(*) FROM migration_quarantine WHERE source_table LIKE '%resource_usages'");
        Assert.Equal(50_025, source);
        Assert.InRange(quarantined, 20, 100);
        Assert.Equal(source, await database.ScalarAsync<long>("SELECT count(*) FROM resource_usage") + quarantined);

        foreach (var verb in new[] { "verify", "rollback" })
        {
            var started = await app.ResourceCommands.ExecuteCommandAsync(verb, KnownResourceCommands.StartCommand, Cancelled);
            Assert.True(started.Success, started.Message);
            await AssertEndsWellAsync(app, verb);
        }
        Assert.All(["catch-up", "cutover"], verb => Assert.Equal(
            "migrator", builder.Resources.Single(r => r.Name == verb).Annotations.OfType<ResourceRelationshipAnnotation>().Single(r => r.Type == "Parent").Resource.Name));
    }

    private static async Task AssertEndsWellAsync(DistributedApplication app, string resource)
    {
        var ended = await app.ResourceNotifications.WaitForResourceAsync(resource, e => e.Snapshot.ExitCode is not null, Cancelled);
        Assert.Equal(0, ended.Snapshot.ExitCode);
    }

    private static async Task<NpgsqlDataSource> DataSourceAsync(DistributedApplication app, string database) =>
        NpgsqlDataSource.Create((await app.GetConnectionStringAsync(database, Cancelled))!);
}
