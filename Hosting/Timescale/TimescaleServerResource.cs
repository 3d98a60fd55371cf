namespace Aspire.Hosting.ApplicationModel;

/// <summary>A TimescaleDB server: a container, or, after <c>RunAsEmbedded</c> in run mode, the embedded one.</summary>
/// <param name="name">Name of the resource.</param>
/// <param name="userName">Its superuser; <c>postgres</c> when null.</param>
/// <param name="password">The superuser's password.</param>
public class TimescaleServerResource(string name, ParameterResource? userName, ParameterResource password)
    : ContainerResource(name), IResourceWithConnectionString
{
    internal const string PrimaryEndpointName = "tcp";
    private const string DefaultUserName = "postgres";

    private readonly Dictionary<string, string> _databases = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The endpoint that PostgreSQL clients connect to.</summary>
    public EndpointReference PrimaryEndpoint => new(Embedded ?? (IResourceWithEndpoints)this, PrimaryEndpointName);

    /// <summary>The superuser's name, or null for <c>postgres</c>.</summary>
    public ParameterResource? UserNameParameter { get; } = userName;

    /// <summary>The superuser's password.</summary>
    public ParameterResource PasswordParameter { get; } = password ?? throw new ArgumentNullException(nameof(password));

    /// <summary>The superuser's name.</summary>
    public ReferenceExpression UserNameReference =>
        UserNameParameter is null ? ReferenceExpression.Create($"{DefaultUserName}") : ReferenceExpression.Create($"{UserNameParameter}");

    /// <summary>Resource name and database name of each database.</summary>
    public IReadOnlyDictionary<string, string> Databases => _databases;

    /// <summary><c>Host=…;Port=…;Username=…;Password=…</c></summary>
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create(
        $"Host={PrimaryEndpoint.Property(EndpointProperty.Host)};Port={PrimaryEndpoint.Property(EndpointProperty.Port)};Username={UserNameReference};Password={PasswordParameter}");

    /// <summary><c>postgresql://{user}:{password}@{host}:{port}</c></summary>
    public ReferenceExpression UriExpression => BuildUri(null);

    /// <summary>What runs in this one's place.</summary>
    internal EmbeddedTimescaleResource? Embedded { get; set; }

    /// <summary>The one database that an embedded server has.</summary>
    internal string EmbeddedDatabase => _databases.Values.Distinct().ToArray() switch
    {
        [] => DefaultUserName,
        [var database] => database,
        _ => throw new DistributedApplicationException($"'{Name}' runs embedded and has one database: leave AddDatabase out for all others."),
    };

    internal void AddDatabase(string resource, string database) => _databases.Add(resource, database);

    internal ReferenceExpression BuildUri(string? database)
    {
        var uri = new ReferenceExpressionBuilder();
        uri.AppendLiteral("postgresql://");
        if (UserNameParameter is null)
            uri.AppendLiteral(DefaultUserName);
        else
            uri.Append($"{UserNameParameter:uri}");
        uri.Append($":{PasswordParameter:uri}@{PrimaryEndpoint.Property(EndpointProperty.HostAndPort)}");
        if (database is not null)
            uri.AppendLiteral("/" + Uri.EscapeDataString(database));
        return uri.Build();
    }

    internal ReferenceExpression BuildJdbc(string? database) =>
        ReferenceExpression.Create($"jdbc:postgresql://{PrimaryEndpoint.Property(EndpointProperty.HostAndPort)}{(database is null ? "" : "/" + Uri.EscapeDataString(database))}");

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() =>
    [
        new("Host", ReferenceExpression.Create($"{PrimaryEndpoint.Property(EndpointProperty.Host)}")),
        new("Port", ReferenceExpression.Create($"{PrimaryEndpoint.Property(EndpointProperty.Port)}")),
        new("Username", UserNameReference),
        new("Password", ReferenceExpression.Create($"{PasswordParameter}")),
        new("Uri", UriExpression),
        new("JdbcConnectionString", BuildJdbc(null)),
    ];
}
