using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Internal;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>Boots a real AppHost in a test: free ports, and a state directory of its own that goes with the builder.</summary>
public static class DistributedApplicationTestingBuilder
{
    /// <summary>Runs the AppHost whose class in <c>Projects</c> is <typeparamref name="TEntryPoint"/> up to its Build.</summary>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync<TEntryPoint>([], cancellationToken);

    /// <inheritdoc cref="CreateAsync{TEntryPoint}(CancellationToken)" />
    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class
    {
        var state = Directory.CreateTempSubdirectory("launchstack-test-").FullName;
        var interception = new AppHostInterception(typeof(TEntryPoint).Assembly, ["--ports", "dynamic", "--state", state, .. args]);
        return new Intercepted(await interception.RunToBuildAsync(cancellationToken), interception, state);
    }

    private sealed class Intercepted(DistributedApplicationBuilder inner, AppHostInterception interception, string state)
        : IDistributedApplicationTestingBuilder
    {
        private DistributedApplication? _application;

        public ConfigurationManager Configuration => inner.Configuration;

        public string AppHostDirectory => inner.AppHostDirectory;

        public Assembly? AppHostAssembly => inner.AppHostAssembly;

        public IHostEnvironment Environment => inner.Environment;

        public IServiceCollection Services => inner.Services;

        public IList<IResource> Resources => inner.Resources;

        public IResourceBuilder<T> AddResource<T>(T resource)
            where T : IResource => inner.AddResource(resource);

        public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
            where T : IResource => inner.CreateResourceBuilder(resource);

        public DistributedApplication Build() => BuildAsync().GetAwaiter().GetResult();

        public async Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) =>
            _application = await interception.BuildAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            if (_application is not null)
                await _application.DisposeAsync();
            Directory.Delete(state, recursive: true);
        }
    }
}
