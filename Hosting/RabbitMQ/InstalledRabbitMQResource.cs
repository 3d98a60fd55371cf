namespace Aspire.Hosting.ApplicationModel;

/// <summary>The machine's own RabbitMQ, run in a container's place.</summary>
/// <param name="server">The server in whose place, and under whose name, it runs.</param>
public class InstalledRabbitMQResource(RabbitMQServerResource server)
    : ExecutableResource(server.Name, "sh", AppContext.BaseDirectory), IResourceWithConnectionString
{
    internal const string PrimaryEndpointName = "tcp";

    /// <summary>The endpoint that clients connect to.</summary>
    public EndpointReference PrimaryEndpoint => new(this, PrimaryEndpointName);

    /// <summary>The password of the user <c>guest</c>.</summary>
    public ParameterResource PasswordParameter { get; } = server.PasswordParameter;

    /// <summary><c>amqp://guest:{password}@{host}:{port}</c></summary>
    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"amqp://guest:{PasswordParameter:uri}@{PrimaryEndpoint.Property(EndpointProperty.HostAndPort)}");

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() =>
    [
        new("Host", ReferenceExpression.Create($"{PrimaryEndpoint.Property(EndpointProperty.Host)}")),
        new("Port", ReferenceExpression.Create($"{PrimaryEndpoint.Property(EndpointProperty.Port)}")),
        new("Username", ReferenceExpression.Create($"guest")),
        new("Password", ReferenceExpression.Create($"{PasswordParameter}")),
        new("Uri", ConnectionStringExpression),
    ];
}
