using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Collects the resources of an application.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>Configuration of the AppHost: environment, then command line.</summary>
    ConfigurationManager Configuration { get; }

    /// <summary>Directory of the AppHost's project.</summary>
    string AppHostDirectory { get; }

    /// <summary>The AppHost's assembly.</summary>
    Assembly? AppHostAssembly { get; }

    /// <summary>Development, unless <c>DOTNET_ENVIRONMENT</c> says otherwise.</summary>
    IHostEnvironment Environment { get; }

    /// <summary>Services of the AppHost itself.</summary>
    IServiceCollection Services { get; }

    /// <summary>What has been added.</summary>
    IList<IResource> Resources { get; }

    /// <summary>Adds a resource; its name must be new.</summary>
    IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource;

    /// <summary>A builder for a resource that is not added.</summary>
    IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource;

    /// <summary>Ends the building.</summary>
    DistributedApplication Build();
}
