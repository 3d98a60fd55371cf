namespace Aspire.Hosting.ApplicationModel;

/// <summary>An endpoint of a resource, by name; its address is known once the application starts.</summary>
public sealed class EndpointReference
{
    internal EndpointReference(IResourceWithEndpoints resource, string name) => (Resource, EndpointName) = (resource, name);

    /// <summary>For example <c>http</c>.</summary>
    public string EndpointName { get; }

    /// <summary>The resource that listens.</summary>
    public IResourceWithEndpoints Resource { get; }

    /// <summary>Its address; with replicas, that of the first.</summary>
    /// <exception cref="InvalidOperationException">There is no such endpoint, or the application has not been started.</exception>
    public string Url => Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(e => e.Name == EndpointName) switch
    {
        null => throw new InvalidOperationException($"The endpoint '{EndpointName}' is not defined for the resource '{Resource.Name}'."),
        { Ports.Count: 0 } => throw new InvalidOperationException($"The endpoint '{EndpointName}' of '{Resource.Name}' has no port until the application starts."),
        var endpoint => endpoint.Url(),
    };
}
