using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

/// <summary>PostgreSQL without a container engine.</summary>
public static class InstalledPostgresBuilderExtensions
{
    /// <summary>
    /// Adds a database on the newest PostgreSQL that is installed on this machine (Debian's package <c>postgresql</c>). It runs on loopback;
    /// as the user <c>postgres</c> when the app host runs as root. For run mode.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">Name of the resource, and of its connection string.</param>
    /// <param name="directory">What it keeps. Give each application one of its own.</param>
    /// <param name="initFiles">Folder with <c>*.sql</c> files that make and fill the database once, before anybody sees the server; absolute or
    /// from the app host's directory.</param>
    /// <param name="databaseName">Name of the database that the files make; <paramref name="name"/> when null.</param>
    /// <param name="password">The password of the user <c>postgres</c>; generated when null. A data directory keeps the one of its first start.</param>
    public static IResourceBuilder<InstalledPostgresResource> AddInstalledPostgres(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, string directory, string initFiles, string? databaseName = null,
        IResourceBuilder<ParameterResource>? password = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var secret = password?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password", special: false);
        var server = new InstalledPostgresResource(name, databaseName ?? name, secret);
        var key = $"{name}_check";
        string? connectionString = null;
        builder.Services.AddHealthChecks().AddNpgSql(
            _ => connectionString ?? throw new InvalidOperationException("The connection string is not known yet."), name: key);
        return builder.AddResource(server)
            .WithIconName("DatabaseMultiple")
            .WithArgs("postgres.sh", Directory.CreateDirectory(directory).FullName, Path.GetFullPath(initFiles, builder.AppHostDirectory))
            .WithEndpoint(name: InstalledPostgresResource.PrimaryEndpointName, env: "PORT", isProxied: false)
            .WithEndpoint(name: "spare", env: "SPARE_PORT", isProxied: false)
            .WithEndpoint(InstalledPostgresResource.PrimaryEndpointName, endpoint => endpoint.TargetHost = "127.0.0.1")
            .WithUrls(context => context.Urls.RemoveAll(url => url.Endpoint?.EndpointName is "spare"))
            .WithEnvironment("PGPASSWORD", ReferenceExpression.Create($"{secret}"))
            .OnConnectionStringAvailable(async (_, _, cancellationToken) =>
                connectionString = await server.ConnectionStringExpression.GetValueAsync(cancellationToken))
            .WithHealthCheck(key);
    }
}
