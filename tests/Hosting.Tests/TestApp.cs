using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using LaunchStack.TestSupport;

namespace LaunchStack.Hosting.Tests;

/// <summary>A small application of shell and Node programs under the local engine, with a state directory of its own.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new("hosting");
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));

    private TestApp() => Builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
    {
        Args = ["--ports", "dynamic", "--state", State],
        ProjectDirectory = _directory.Path,
    });

    public IDistributedApplicationBuilder Builder { get; }

    public DistributedApplication App { get; private set; } = null!;

    public string State => Path.Combine(_directory.Path, "state");

    public static async Task<TestApp> StartAsync(Action<TestApp> build)
    {
        var test = new TestApp();
        build(test);
        test.App = test.Builder.Build();
        await test.App.StartAsync();
        return test;
    }

    /// <summary>A program that runs until it is stopped.</summary>
    public IResourceBuilder<ExecutableResource> Shell(string name, string script) =>
        Builder.AddExecutable(name, "sh", _directory.Path, "-c", script);

    /// <summary>An HTTP server whose health is open only while the file <paramref name="name"/>.open exists.</summary>
    public IResourceBuilder<ExecutableResource> Gated(string name)
    {
        const string Server = """
            const fs = require('fs');
            require('http').createServer((_, response) => { response.statusCode = fs.existsSync(process.argv[1]) ? 200 : 503; response.end(); })
              .listen(process.env.PORT, '127.0.0.1');
            """;
        return Builder.AddExecutable(name, "node", _directory.Path, "-e", Server, Gate(name))
            .WithHttpEndpoint(env: "PORT").WithHttpHealthCheck("/health");
    }

    public void Open(string name) => File.WriteAllText(Gate(name), "");

    public string PathOf(string name) => Path.Combine(_directory.Path, name);

    public string Log(string name) => File.ReadAllText(Path.Combine(State, "logs", $"{name}.log"));

    public Task<ResourceEvent> Until(string name, Func<CustomResourceSnapshot, bool> condition) =>
        App.ResourceNotifications.WaitForResourceAsync(name, e => condition(e.Snapshot), _patience.Token);

    public Task<ResourceEvent> Until(string name, string state) => Until(name, s => s.State == state);

    public CustomResourceSnapshot Now(string name) =>
        App.ResourceNotifications.Latest.Single(e => e.ResourceId == name).Snapshot;

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        _directory.Dispose();
        _patience.Dispose();
    }

    private string Gate(string name) => Path.Combine(_directory.Path, $"{name}.open");
}
