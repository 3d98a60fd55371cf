namespace Aspire.Hosting.ApplicationModel;

/// <summary>A RabbitMQ broker; here a child process of the installed server.</summary>
public sealed class RabbitMQServerResource(string name, ParameterResource password)
    : Resource(name), IResourceWithConnectionString, IResourceWithEndpoints, IResourceWithWaitSupport, IResourceWithContainerImage
{
    internal const string UserName = "guest";

    internal ParameterResource Password { get; } = password;

    /// <inheritdoc />
    public async ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default)
    {
        var endpoint = Annotations.OfType<EndpointAnnotation>().Single();
        var password = await Password.GetValueAsync(cancellationToken);
        return $"amqp://{UserName}:{Uri.EscapeDataString(password!)}@localhost:{endpoint.Ports[0]}";
    }
}
