using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Testing;

/// <summary>Ways into a running application.</summary>
public static class DistributedApplicationHostingTestingExtensions
{
    /// <summary>A client of a resource's HTTP endpoint.</summary>
    public static HttpClient CreateHttpClient(this DistributedApplication app, string resourceName, string? endpointName = null) =>
        new() { BaseAddress = app.GetEndpoint(resourceName, endpointName) };

    /// <summary>Where a resource listens.</summary>
    public static Uri GetEndpoint(this DistributedApplication app, string resourceName, string? endpointName = null)
    {
        var endpoints = Find(app, resourceName).Annotations.OfType<EndpointAnnotation>();
        var endpoint = endpointName is null ? endpoints.FirstOrDefault() : endpoints.FirstOrDefault(e => e.Name == endpointName);
        return endpoint is null
            ? throw new ArgumentException($"'{resourceName}' has no endpoint '{endpointName ?? "(any)"}'", nameof(endpointName))
            : new Uri(endpoint.Url());
    }

    /// <summary>The connection string of a resource.</summary>
    public static ValueTask<string?> GetConnectionStringAsync(
        this DistributedApplication app, string resourceName, CancellationToken cancellationToken = default) =>
        Find(app, resourceName) is IResourceWithConnectionString resource
            ? resource.GetConnectionStringAsync(cancellationToken)
            : throw new ArgumentException($"'{resourceName}' has no connection string", nameof(resourceName));

    private static IResource Find(DistributedApplication app, string name)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.Model.FirstOrDefault(r => r.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"There is no resource named '{name}'", nameof(name));
    }
}
