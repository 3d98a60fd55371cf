namespace Aspire.Hosting.ApplicationModel;

/// <summary>A part of the application: a server, a project, a parameter.</summary>
public interface IResource
{
    /// <summary>Unique name: ASCII letters, digits and hyphens.</summary>
    string Name { get; }

    /// <summary>What the application model says about it.</summary>
    ResourceAnnotationCollection Annotations { get; }
}

/// <summary>A resource that takes environment variables.</summary>
public interface IResourceWithEnvironment : IResource;

/// <summary>A resource that listens.</summary>
public interface IResourceWithEndpoints : IResource;

/// <summary>A resource that others find by name over service discovery.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

/// <summary>A resource that can wait for others.</summary>
public interface IResourceWithWaitSupport : IResource;

/// <summary>A resource that others reach by a connection string.</summary>
public interface IResourceWithConnectionString : IResource
{
    /// <summary>Where the value comes from in the AppHost's configuration, for one that is not made here.</summary>
    string? ConnectionStringEnvironmentVariable => null;

    /// <summary>The connection string; null until the resource's port is known.</summary>
    ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default);
}
