using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace LaunchStack.AppHost.Tests;

/// <summary>The model that a publisher sees.</summary>
public sealed class PublishTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Database_and_broker_are_pinned_images_on_volumes()
    {
        await using var builder = await PublishedAsync();

        var timescale = Assert.Single(builder.Resources.OfType<TimescaleServerResource>());
        var image = timescale.Annotations.OfType<ContainerImageAnnotation>().Single();
        Assert.Equal("timescale/timescaledb", image.Image);
        Assert.Matches(@"^2\.29\.\d+-pg17$", image.Tag);
        Assert.Equal("/var/lib/postgresql/data", Volume(timescale).Target);
        Assert.Equal("/var/lib/rabbitmq", Volume(Assert.Single(builder.Resources.OfType<RabbitMQServerResource>())).Target);
        Assert.DoesNotContain(builder.Resources, resource => resource is ExecutableResource);
        Assert.DoesNotContain(builder.Resources, resource => resource.Name is "original-server" or "verify" or "cutover");
        // Set by whoever deploys, or left out.
        Assert.IsType<IResourceWithConnectionString>(builder.Resources.Single(resource => resource.Name == "original"), exactMatch: false);
    }

    [Fact]
    public async Task Services_refer_to_database_and_broker_and_wait_for_the_migrator()
    {
        await using var builder = await PublishedAsync();

        foreach (var name in new[] { "ingest-api", "aggregator" })
        {
            var service = builder.Resources.OfType<ProjectResource>().Single(resource => resource.Name == name);
            var environment = await EnvironmentAsync(service);
            Assert.Equal("{launchstack.connectionString}", environment["ConnectionStrings__launchstack"]);
            Assert.Equal("{messaging.connectionString}", environment["ConnectionStrings__messaging"]);
            Assert.Equal("{admin-key.value}", environment["Auth__AdminKey"]);
            Assert.DoesNotContain("Ingest__Disk__Path", environment.Keys);
            var waits = service.Annotations.OfType<WaitAnnotation>().Select(wait => (wait.Resource.Name, wait.WaitType)).ToHashSet();
            Assert.Superset(
                new HashSet<(string, WaitType)> { ("launchstack", WaitType.WaitUntilHealthy), ("messaging", WaitType.WaitUntilHealthy), ("migrator", WaitType.WaitForCompletion) },
                waits);
        }
        var agent = builder.Resources.OfType<ProjectResource>().Single(resource => resource.Name == "agent");
        var given = await EnvironmentAsync(agent);
        Assert.Equal("{agent-key.value}", given["Auth__Key"]);
        Assert.DoesNotContain("Auth__AdminKey", given.Keys);
    }

    [Fact]
    public async Task A_connection_string_takes_the_place_of_database_and_broker()
    {
        await using var builder = await PublishedAsync(
            "--ConnectionStrings:launchstack=Host=db", "--ConnectionStrings:messaging=amqp://broker", "--ConnectionStrings:original=Host=old");

        Assert.DoesNotContain(builder.Resources, resource => resource is TimescaleServerResource or RabbitMQServerResource);
        Assert.All(["launchstack", "messaging", "original"], name => Assert.IsType<IResourceWithConnectionString>(builder.Resources.Single(r => r.Name == name), exactMatch: false));
    }

    private static Task<IDistributedApplicationTestingBuilder> PublishedAsync(params string[] args) =>
        DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            ["--AppHost:Operation=publish", "--Publishing:Publisher=manifest", "--Publishing:OutputPath=.", .. args], Cancelled);

    private static async Task<Dictionary<string, string>> EnvironmentAsync(IResource resource)
    {
        var configuration = await ExecutionConfigurationBuilder.Create(resource).WithEnvironmentVariablesConfig()
            .BuildAsync(new(DistributedApplicationOperation.Publish), NullLogger.Instance, Cancelled);
        return configuration.EnvironmentVariables.ToDictionary();
    }

    private static ContainerMountAnnotation Volume(IResource resource) =>
        resource.Annotations.OfType<ContainerMountAnnotation>().Single(mount => mount.Type == ContainerMountType.Volume);
}
