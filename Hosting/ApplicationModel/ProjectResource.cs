namespace Aspire.Hosting.ApplicationModel;

/// <summary>A .NET project, run as a process.</summary>
public sealed class ProjectResource(string name)
    : Resource(name), IResourceWithEnvironment, IResourceWithServiceDiscovery, IResourceWithWaitSupport;
