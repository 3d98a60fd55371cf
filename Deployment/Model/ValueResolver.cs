using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace LaunchStack.Deployment.Model;

/// <summary>Writes a value of the app model in a platform's notation.</summary>
internal abstract class ValueResolver(DeploymentModel model)
{
    protected DeploymentModel Model => model;

    /// <exception cref="DistributedApplicationException">A kind of value that has no notation.</exception>
    public string Resolve(object value) => value switch
    {
        string text => Literal(text),
        ParameterResource { IsConnectionString: false } parameter => Parameter(parameter),
        ConnectionStringReference reference => ConnectionString(reference.Resource),
        IResourceWithConnectionString resource => ConnectionString(resource),
        EndpointReference endpoint => Endpoint(endpoint, EndpointProperty.Url),
        EndpointReferenceExpression expression => Endpoint(expression.Endpoint, expression.Property),
        ReferenceExpression { IsConditional: false } expression => Format(expression),
        IResourceBuilder<IResource> builder => Resolve(builder.Resource),
        _ => throw new DistributedApplicationException($"A value of type {value.GetType().Name} cannot be published."),
    };

    /// <summary>Text, with what the platform would replace in it escaped.</summary>
    protected abstract string Literal(string text);

    protected abstract string Parameter(ParameterResource parameter);

    protected abstract string ConnectionString(IResourceWithConnectionString resource);

    /// <summary>The name by which others reach a workload.</summary>
    protected virtual string Host(Workload workload) => workload.Name;

    protected string Format(ReferenceExpression expression) =>
        string.Format(CultureInfo.InvariantCulture, expression.Format, [.. expression.ValueProviders.Select(provider => (object)Resolve(provider))]);

    private string Endpoint(EndpointReference endpoint, EndpointProperty property)
    {
        var workload = model.Find(endpoint.Resource);
        var port = workload.Ports[endpoint.EndpointName];
        return property switch
        {
            EndpointProperty.Url => $"{port.Scheme}://{Host(workload)}:{port.Port}",
            EndpointProperty.Host or EndpointProperty.IPV4Host => Host(workload),
            EndpointProperty.Port or EndpointProperty.TargetPort => port.Port.ToString(CultureInfo.InvariantCulture),
            EndpointProperty.HostAndPort => $"{Host(workload)}:{port.Port}",
            EndpointProperty.Scheme => port.Scheme,
            _ => throw new DistributedApplicationException($"The property {property} of an endpoint cannot be published."),
        };
    }
}
