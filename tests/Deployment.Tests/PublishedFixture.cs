using System.Diagnostics;
using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

[assembly: AssemblyFixture(typeof(LaunchStack.Deployment.Tests.PublishedFixture))]

namespace LaunchStack.Deployment.Tests;

/// <summary>What <c>aspire publish</c> writes, once for all tests, and the model that it was written from.</summary>
public sealed class PublishedFixture : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new("published");
    private IDistributedApplicationTestingBuilder? _builder;

    public string Directory => _directory.Path;

    /// <summary>The resources of AppHost/Program.cs as published.</summary>
    public IReadOnlyList<IResource> Resources => [.. _builder!.Resources];

    public string Read(params string[] path) => File.ReadAllText(Path.Combine([Directory, .. path]));

    public async ValueTask InitializeAsync()
    {
        await PublishAsync(Directory);
        _builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(["--AppHost:Operation=publish", "--Publishing:OutputPath=."]);
    }

    /// <summary>Publishes as Aspire's command line does: the app host with these arguments.</summary>
    public static async Task PublishAsync(string directory)
    {
        var configuration = typeof(PublishedFixture).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var appHost = Path.Combine(RepositoryRoot.Path, "AppHost");
        await CommandLine.RunAsync(
            new ProcessStartInfo("dotnet", [Path.Combine(appHost, "bin", configuration, "net10.0", "AppHost.dll"), "--operation", "publish", "--step", "publish", "--output-path", directory])
            {
                WorkingDirectory = appHost,
            });
    }

    public async ValueTask DisposeAsync()
    {
        if (_builder is not null)
            await _builder.DisposeAsync();
        _directory.Dispose();
    }
}
