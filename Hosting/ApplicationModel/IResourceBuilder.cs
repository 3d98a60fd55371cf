namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource on its way into the application model.</summary>
public interface IResourceBuilder<out T>
    where T : IResource
{
    /// <summary>The builder of the whole application.</summary>
    IDistributedApplicationBuilder ApplicationBuilder { get; }

    /// <summary>The resource.</summary>
    T Resource { get; }
}

internal sealed record ResourceBuilder<T>(IDistributedApplicationBuilder ApplicationBuilder, T Resource) : IResourceBuilder<T>
    where T : IResource;
