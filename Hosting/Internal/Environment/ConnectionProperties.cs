using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Internal.Environment;

/// <summary>The parts of a connection string that Aspire 13 gives beside it, as <c>{NAME}_{PROPERTY}</c>.</summary>
internal static class ConnectionProperties
{
    public static async ValueTask<IReadOnlyDictionary<string, string>> OfAsync(IResource resource, CancellationToken cancellationToken) =>
        resource switch
        {
            PostgresDatabaseResource database => await PostgresAsync(database.Parent, database.DatabaseName, cancellationToken),
            PostgresServerResource server => await PostgresAsync(server, null, cancellationToken),
            RabbitMQServerResource broker => await RabbitAsync(broker, cancellationToken),
            _ => new Dictionary<string, string>(),
        };

    private static async ValueTask<Dictionary<string, string>> PostgresAsync(
        PostgresServerResource server, string? database, CancellationToken cancellationToken)
    {
        var port = server.Annotations.OfType<EndpointAnnotation>().Single().Ports[0].ToString(CultureInfo.InvariantCulture);
        var password = await server.Password.GetValueAsync(cancellationToken) ?? "";
        var path = database is null ? "" : $"/{database}";
        var properties = new Dictionary<string, string>
        {
            ["HOST"] = "localhost",
            ["PORT"] = port,
            ["USERNAME"] = PostgresServerResource.UserName,
            ["PASSWORD"] = password,
            ["URI"] = $"postgresql://{PostgresServerResource.UserName}:{Uri.EscapeDataString(password)}@localhost:{port}{path}",
            ["JDBCCONNECTIONSTRING"] = $"jdbc:postgresql://localhost:{port}{path}",
        };
        if (database is not null)
            properties["DATABASENAME"] = database;
        return properties;
    }

    private static async ValueTask<Dictionary<string, string>> RabbitAsync(RabbitMQServerResource broker, CancellationToken cancellationToken)
    {
        var port = broker.Annotations.OfType<EndpointAnnotation>().Single().Ports[0].ToString(CultureInfo.InvariantCulture);
        return new()
        {
            ["HOST"] = "localhost",
            ["PORT"] = port,
            ["USERNAME"] = RabbitMQServerResource.UserName,
            ["PASSWORD"] = await broker.Password.GetValueAsync(cancellationToken) ?? "",
            ["URI"] = (await broker.GetConnectionStringAsync(cancellationToken))!,
        };
    }
}
