using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Internal.Environment;

namespace Aspire.Hosting;

/// <summary>.NET projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>Adds a project; its launch profile gives environment and ports.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new()
    {
        ArgumentNullException.ThrowIfNull(builder);
        var metadata = new TProject();
        var project = new ProjectResource(name);
        project.Annotations.Add(metadata);

        if (LaunchProfile.Read(metadata.ProjectPath) is { } profile)
        {
            project.Annotations.Add(profile);
            foreach (var url in profile.Urls)
                project.Annotations.Add(new EndpointAnnotation(url.Scheme, url.Scheme, url.Port));
        }
        return builder.AddResource(project);
    }

    /// <summary>Runs the project several times; each replica has its own port, all of them stand in service discovery.</summary>
    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentOutOfRangeException.ThrowIfLessThan(replicas, 1);
        builder.Resource.Annotations.Add(new ReplicaAnnotation(replicas));
        return builder;
    }
}
