using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>PostgreSQL: the embedded TimescaleDB where the image is TimescaleDB's, else the PostgreSQL that the machine has.</summary>
public static class PostgresBuilderExtensions
{
    /// <summary>Adds the server; without <paramref name="password"/> one is generated and kept.</summary>
    public static IResourceBuilder<PostgresServerResource> AddPostgres(
        this IDistributedApplicationBuilder builder, string name, IResourceBuilder<ParameterResource>? userName = null,
        IResourceBuilder<ParameterResource>? password = null, int? port = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (userName is not null)
            throw new NotSupportedException("A local database server has one user, postgres: leave userName out.");
        var secret = password?.Resource ?? ParameterResourceBuilderExtensions.CreateParameter(
            builder, $"{name}-password", new GenerateParameterDefault { Special = false }, secret: true, persist: true);
        var resource = builder.AddResource(new PostgresServerResource(name, secret));
        resource.Resource.Annotations.Add(new EndpointAnnotation("tcp", "tcp", port));
        return resource;
    }

    /// <summary>Names the server's database; the embedded server has exactly one, in PostgreSQL the init files make it.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(
        this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.Annotations.Add(new DatabaseNameAnnotation(databaseName ?? name));
        return builder.ApplicationBuilder.AddResource(new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource));
    }

    /// <summary>Keeps the data in the state directory.</summary>
    public static IResourceBuilder<PostgresServerResource> WithDataVolume(
        this IResourceBuilder<PostgresServerResource> builder, string? name = null, bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.Annotations.Add(new PersistentDataAnnotation());
        return builder;
    }

    /// <summary>SQL files that PostgreSQL runs once, in the order of their names, when its data directory is made.</summary>
    /// <param name="builder">The server; not the embedded one.</param>
    /// <param name="source">Their folder, absolute or from the AppHost's directory.</param>
    public static IResourceBuilder<PostgresServerResource> WithInitFiles(
        this IResourceBuilder<PostgresServerResource> builder, string source)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.Annotations.Add(new InitFilesAnnotation(Path.GetFullPath(source, builder.ApplicationBuilder.AppHostDirectory)));
        return builder;
    }
}
