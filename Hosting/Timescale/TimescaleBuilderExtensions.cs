using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Timescale;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

/// <summary>TimescaleDB servers and databases in the app model.</summary>
public static class TimescaleBuilderExtensions
{
    /// <summary>
    /// Adds a TimescaleDB server. Where an application runs or is published with containers it is the image <c>timescale/timescaledb</c>;
    /// <see cref="RunAsEmbedded"/> does without. Healthy means that the extension works, compressed rows are visible and the jobs' scheduler runs.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">Name of the resource.</param>
    /// <param name="userName">The superuser; <c>postgres</c> when null.</param>
    /// <param name="password">The superuser's password; generated when null.</param>
    /// <param name="port">Port on the host; chosen at each start when null. No proxy stands in front of it.</param>
    public static IResourceBuilder<TimescaleServerResource> AddTimescale(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, IResourceBuilder<ParameterResource>? userName = null,
        IResourceBuilder<ParameterResource>? password = null, int? port = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var secret = password?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password");
        var server = new TimescaleServerResource(name, userName?.Resource, secret);
        builder.Services.AddHealthChecks().Add(new(HealthCheckKey(server), _ => new TimescaleHealthCheck(server), failureStatus: null, tags: null));
        return builder.AddResource(server)
            .WithImage(TimescaleContainerImageTags.Image, TimescaleContainerImageTags.Tag)
            .WithImageRegistry(TimescaleContainerImageTags.Registry)
            .WithIconName("DatabaseMultiple")
            .WithEndpoint(targetPort: 5432, name: TimescaleServerResource.PrimaryEndpointName, isProxied: false)
            // Left unset, an endpoint without a proxy takes its target port; set to null, a free one.
            .WithEndpoint(TimescaleServerResource.PrimaryEndpointName, endpoint => endpoint.Port = port)
            .WithEnvironment("POSTGRES_USER", server.UserNameReference)
            .WithEnvironment("POSTGRES_PASSWORD", ReferenceExpression.Create($"{server.PasswordParameter}"))
            // The image tunes itself to the memory it sees; it would also report to the makers over the internet.
            .WithEnvironment("TIMESCALEDB_TELEMETRY", "off")
            .WithHealthCheck(HealthCheckKey(server))
            .OnResourceReady((_, _, cancellationToken) => TimescaleDatabases.CreateAsync(server, cancellationToken));
    }

    /// <summary>Adds a database. It is created, with the extension in it, when the server is ready. An embedded server has one database.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="name">Name of the resource, and of its connection string.</param>
    /// <param name="databaseName">Name of the database; <paramref name="name"/> when null.</param>
    public static IResourceBuilder<TimescaleDatabaseResource> AddDatabase(
        this IResourceBuilder<TimescaleServerResource> builder, [ResourceName] string name, string? databaseName = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var server = builder.Resource;
        var database = new TimescaleDatabaseResource(name, databaseName ?? name, server);
        server.AddDatabase(database.Name, database.DatabaseName);
        var key = $"{name}_check";
        builder.ApplicationBuilder.Services.AddHealthChecks().Add(
            new(key, _ => new TimescaleHealthCheck(server, database), failureStatus: null, tags: null));
        return builder.ApplicationBuilder.AddResource(database).WithIconName("Database").WithHealthCheck(key)
            .OnInitializeResource((_, start, cancellationToken) => server.Embedded is { } embedded
                ? FollowAsync(database, embedded, start.Notifications, cancellationToken)
                : Task.CompletedTask);
    }

    /// <summary>Keeps the data in a volume, mounted where the image's PostgreSQL version wants it. Call it after an image of one's own is set.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="name">Name of the volume; made from the application's and the resource's when null.</param>
    /// <param name="isReadOnly">Whether it is mounted for reading only.</param>
    public static IResourceBuilder<TimescaleServerResource> WithDataVolume(
        this IResourceBuilder<TimescaleServerResource> builder, string? name = null, bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithVolume(name ?? VolumeNameGenerator.Generate(builder, "data"), DataPath(builder.Resource), isReadOnly);
    }

    /// <summary>Keeps the data in a directory of the host, mounted where the image's PostgreSQL version wants it.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="source">The directory.</param>
    /// <param name="isReadOnly">Whether it is mounted for reading only.</param>
    public static IResourceBuilder<TimescaleServerResource> WithDataBindMount(
        this IResourceBuilder<TimescaleServerResource> builder, string source, bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithBindMount(source, DataPath(builder.Resource), isReadOnly);
    }

    /// <summary>Copies files into the container that the image runs when it makes its data directory: <c>*.sql</c>, <c>*.sh</c>, in the order of their names.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="source">A file or folder, absolute or from the app host's directory.</param>
    public static IResourceBuilder<TimescaleServerResource> WithInitFiles(this IResourceBuilder<TimescaleServerResource> builder, string source)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithContainerFiles("/docker-entrypoint-initdb.d", Path.GetFullPath(source, builder.ApplicationBuilder.AppHostDirectory));
    }

    /// <summary>
    /// In run mode, runs the embedded TimescaleDB (see <c>Embedded/README.md</c>) instead of a container: no container engine is needed. What
    /// was said about image and volumes is left aside; publishing is not affected.
    /// </summary>
    /// <param name="builder">The server.</param>
    /// <param name="directory">Where it keeps its data.</param>
    public static IResourceBuilder<TimescaleServerResource> RunAsEmbedded(this IResourceBuilder<TimescaleServerResource> builder, string directory)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var application = builder.ApplicationBuilder;
        var server = builder.Resource;
        if (application.ExecutionContext.IsPublishMode || server.Embedded is not null)
            return builder;

        var gateway = typeof(TimescaleBuilderExtensions).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(metadata => metadata.Key == "EmbeddedTimescale").Value!;
        var port = server.Annotations.OfType<EndpointAnnotation>().Single(e => e.Name == TimescaleServerResource.PrimaryEndpointName).Port;
        application.Resources.Remove(server);
        server.Embedded = new(server, gateway);
        application.AddResource(server.Embedded)
            .WithIconName("DatabaseMultiple")
            .WithEndpoint(port: port, targetPort: port, name: TimescaleServerResource.PrimaryEndpointName, env: "PORT", isProxied: false)
            .WithEndpoint(TimescaleServerResource.PrimaryEndpointName, endpoint => endpoint.TargetHost = "127.0.0.1")
            .WithEnvironment("LAUNCHSTACK_EMBEDDED_PASSWORD", ReferenceExpression.Create($"{server.PasswordParameter}"))
            .WithArgs("gateway.mjs", "--data", Directory.CreateDirectory(directory).FullName, "--lock-timeout", "30")
            .WithArgs("--port", server.PrimaryEndpoint.Property(EndpointProperty.TargetPort), "--user", server.UserNameReference)
            .WithArgs(context => context.Args.Add($"--database={server.EmbeddedDatabase}"))
            .WithHealthCheck(HealthCheckKey(server))
            .OnBeforeResourceStarted((_, _, _) => Directory.Exists(Path.Combine(gateway, "node_modules"))
                ? Task.CompletedTask
                : throw new DistributedApplicationException($"The embedded TimescaleDB is not installed. Run: npm ci --prefix {gateway}"));
        return builder;
    }

    // Aspire lets a container's databases follow its state, and leaves an executable's alone.
    private static async Task FollowAsync(
        TimescaleDatabaseResource database, EmbeddedTimescaleResource server, ResourceNotificationService notifications, CancellationToken cancellationToken)
    {
        await foreach (var change in notifications.WatchAsync(cancellationToken).Where(change => change.Resource == server))
            await notifications.PublishUpdateAsync(database, snapshot => snapshot with { State = change.Snapshot.State });
    }

    private static string HealthCheckKey(TimescaleServerResource server) => $"{server.Name}_check";

    private static string DataPath(TimescaleServerResource server) =>
        TimescaleContainerImageTags.DataPath(server.Annotations.OfType<ContainerImageAnnotation>().Last().Tag);
}
