namespace Aspire.Hosting.ApplicationModel;

/// <summary>A database on the machine's own PostgreSQL server, which runs for it alone.</summary>
/// <param name="name">Name of the resource, and of its connection string.</param>
/// <param name="databaseName">Name of the database.</param>
/// <param name="password">The password of the user <c>postgres</c>.</param>
public class InstalledPostgresResource(string name, string databaseName, ParameterResource password)
    : ExecutableResource(name, "sh", AppContext.BaseDirectory), IResourceWithConnectionString
{
    internal const string PrimaryEndpointName = "tcp";

    /// <summary>The endpoint that clients connect to.</summary>
    public EndpointReference PrimaryEndpoint => new(this, PrimaryEndpointName);

    /// <summary>Name of the database.</summary>
    public string DatabaseName { get; } = databaseName;

    /// <summary>The password of the user <c>postgres</c>.</summary>
    public ParameterResource PasswordParameter { get; } = password;

    /// <summary><c>Host=…;Port=…;Username=postgres;Password=…;Database=…</c></summary>
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create(
        $"Host={PrimaryEndpoint.Property(EndpointProperty.Host)};Port={PrimaryEndpoint.Property(EndpointProperty.Port)};Username=postgres;Password={PasswordParameter};Database={DatabaseName}");
}
