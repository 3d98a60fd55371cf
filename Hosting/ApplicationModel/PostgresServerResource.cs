namespace Aspire.Hosting.ApplicationModel;

/// <summary>A PostgreSQL server: the embedded TimescaleDB, or the PostgreSQL that the machine has.</summary>
public sealed class PostgresServerResource(string name, ParameterResource password)
    : Resource(name), IResourceWithConnectionString, IResourceWithEndpoints, IResourceWithWaitSupport, IResourceWithContainerImage
{
    internal const string UserName = "postgres";

    internal ParameterResource Password { get; } = password;

    internal bool IsTimescale =>
        Annotations.OfType<ImageAnnotation>().LastOrDefault()?.Image.Contains("timescale", StringComparison.OrdinalIgnoreCase) == true;

    /// <inheritdoc />
    public async ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default)
    {
        var endpoint = Annotations.OfType<EndpointAnnotation>().Single();
        return $"Host=localhost;Port={endpoint.Ports[0]};Username={UserName};Password={await Password.GetValueAsync(cancellationToken)}";
    }
}

/// <summary>A database of a PostgreSQL server.</summary>
public sealed class PostgresDatabaseResource(string name, string databaseName, PostgresServerResource parent)
    : Resource(name), IResourceWithConnectionString
{
    /// <summary>Name within the server.</summary>
    public string DatabaseName { get; } = databaseName;

    /// <summary>The server.</summary>
    public PostgresServerResource Parent { get; } = parent;

    /// <inheritdoc />
    public async ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
        $"{await Parent.GetConnectionStringAsync(cancellationToken)};Database={DatabaseName}";
}
