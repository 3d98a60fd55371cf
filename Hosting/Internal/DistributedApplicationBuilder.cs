using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Internal.State;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;

namespace Aspire.Hosting.Internal;

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly AppHostInterception? _interception = AppHostInterception.Current;

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        Options = EngineOptions.Parse(_interception?.Args ?? options.Args ?? []);
        AppHostAssembly = options.AssemblyName is { } name ? Assembly.Load(name) : _interception?.Assembly ?? Assembly.GetEntryAssembly();
        AppHostDirectory = options.ProjectDirectory
            ?? AppHostAssembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == "apphostprojectpath")?.Value
            ?? Directory.GetCurrentDirectory();

        Configuration = new ConfigurationManager();
        Configuration.AddEnvironmentVariables();
        Environment = new HostingEnvironment
        {
            ApplicationName = AppHostAssembly?.GetName().Name ?? "AppHost",
            EnvironmentName = Configuration["DOTNET_ENVIRONMENT"] ?? Environments.Development,
            ContentRootPath = AppHostDirectory,
        };
        State = new StateDirectory(Options.StateDirectory ?? Path.GetFullPath(Path.Combine(AppHostDirectory, "..", ".launchstack")));
        // Aspire's name for where an AppHost keeps what outlives a run.
        Configuration["Aspire:Store:Path"] = State.Root;
        DisableDashboard = options.DisableDashboard || Options.NoDashboard;
        Services.AddSingleton(new KeptParameters(State.ParametersFile));
        Services.AddSingleton(TimeProvider.System);
        Services.AddSingleton<ResourceNotificationService>();
        _interception?.OnBuilder(this);
    }

    public EngineOptions Options { get; }

    public StateDirectory State { get; }

    public bool DisableDashboard { get; }

    /// <summary>The dashboard's project, which the AppHost's build names when it references one.</summary>
    public string? DashboardProject =>
        AppHostAssembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == "dashboardprojectpath")?.Value;

    public ConfigurationManager Configuration { get; }

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public IHostEnvironment Environment { get; }

    public IServiceCollection Services { get; } = new ServiceCollection();

    public IList<IResource> Resources { get; } = [];

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        if (Resources.Any(r => r.Name.Equals(resource.Name, StringComparison.OrdinalIgnoreCase)))
            throw new DistributedApplicationException($"There are two resources named '{resource.Name}'.");
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        _interception?.OnBuild();
        var app = new DistributedApplication(this, isTest: _interception is not null);
        _interception?.OnBuilt(app);
        return app;
    }
}
