using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using LaunchStack.TestSupport;
using static Aspire.Hosting.ApplicationModel.KnownResourceStates;

namespace LaunchStack.Hosting.Tests;

public sealed class EnvironmentTests
{
    [Fact]
    public async Task A_process_gets_what_aspire_would_give_it()
    {
        await using var test = await TestApp.StartAsync(t =>
        {
            t.Builder.Configuration["ConnectionStrings:launchstack"] = "Host=db;Username=u";
            t.Builder.Configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://localhost:18889";
            var key = t.Builder.AddParameter("admin-key", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true);
            var api = t.Gated("ingest-api");
            t.Open("ingest-api");
            const string Print = "for (const name in process.env) console.log(`${name}=${process.env[name]}`); console.log('ALL=printed'); setInterval(() => {}, 1e6)";
            t.Builder.AddExecutable("service", "node", ".", "-e", Print)
                .WithReference(t.Builder.AddConnectionString("launchstack"))
                .WithReference(api).WaitFor(api)
                .WithEnvironment("Auth__AdminKey", key);
        });
        await test.Until("service", Healthy);
        await Wait.UntilAsync(() => test.Log("service").Contains("ALL=printed", StringComparison.Ordinal), "the environment is printed");
        var environment = test.Log("service").Split('\n').Where(l => l.Contains('=', StringComparison.Ordinal))
            .Select(l => l.Split('=', 2)).ToLookup(p => p[0], p => p[1]);

        var url = test.Now("ingest-api").Urls.Single();
        Assert.Equal("Host=db;Username=u", environment["ConnectionStrings__launchstack"].Single());
        Assert.Equal(url, environment["services__ingest-api__http__0"].Single());
        Assert.Equal(url, environment["INGEST_API_HTTP"].Single());
        Assert.Equal("service", environment["OTEL_SERVICE_NAME"].Single());
        Assert.Equal("http://localhost:18889", environment["OTEL_EXPORTER_OTLP_ENDPOINT"].Single());
        Assert.Equal("grpc", environment["OTEL_EXPORTER_OTLP_PROTOCOL"].Single());
        Assert.Matches("^[A-Za-z0-9]{32}$", environment["Auth__AdminKey"].Single());
        Assert.StartsWith(test.State, environment["XDG_STATE_HOME"].Single());
    }

    [Fact]
    public void What_an_AppHost_keeps_lies_where_it_was_told_to()
    {
        using var directory = new TemporaryDirectory();
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = ["--state", directory.Path] });
        Assert.Equal(directory.Path, builder.Configuration["Aspire:Store:Path"]);
    }

    [Fact]
    public async Task A_generated_parameter_is_kept_and_only_its_owner_can_read_it()
    {
        using var directory = new TemporaryDirectory();
        async Task<string?> ValueAsync()
        {
            var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
            {
                Args = ["--state", directory.Path],
                ProjectDirectory = directory.Path,
            });
            var key = builder.AddParameter("key", new GenerateParameterDefault(), secret: true, persist: true);
            return await key.Resource.GetValueAsync(TestContext.Current.CancellationToken);
        }

        var first = await ValueAsync();

        Assert.Equal(first, await ValueAsync());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(directory.Path, "parameters.json")));
    }

    [Fact]
    public async Task Two_app_hosts_cannot_share_a_state_directory()
    {
        await using var first = await TestApp.StartAsync(t => t.Shell("service", "exec sleep 600"));
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = ["--state", first.State] });
        await using var second = builder.Build();

        var refusal = await Assert.ThrowsAsync<DistributedApplicationException>(() => second.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("in use by another AppHost", refusal.Message);
    }

    [Fact]
    public void Names_that_aspire_refuses_are_refused()
    {
        using var directory = new TemporaryDirectory();
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = ["--state", directory.Path] });

        Assert.Throws<ArgumentException>(() => builder.AddExecutable("ingest_api", "true", "."));
        builder.AddExecutable("ingest-api", "true", ".");
        Assert.Throws<DistributedApplicationException>(() => builder.AddExecutable("Ingest-Api", "true", "."));
    }
}
