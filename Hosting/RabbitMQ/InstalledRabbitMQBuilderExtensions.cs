using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace Aspire.Hosting;

/// <summary>RabbitMQ without a container engine.</summary>
public static class InstalledRabbitMQBuilderExtensions
{
    /// <summary>
    /// In run mode, runs the RabbitMQ that is installed on this machine (Debian's package <c>rabbitmq-server</c>) instead of a container: on
    /// loopback, as the user who runs the app host, with Erlang's port mapper as a child of its own. Publishing is not affected.
    /// </summary>
    /// <param name="builder">The server. Its password may hold letters and digits; a data directory keeps the one of its first start.</param>
    /// <param name="directory">What it keeps. Give each application one of its own.</param>
    /// <returns>What runs: refer to this, not to <paramref name="builder"/>.</returns>
    public static IResourceBuilder<IResourceWithConnectionString> RunAsInstalledServer(
        this IResourceBuilder<RabbitMQServerResource> builder, string directory)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var application = builder.ApplicationBuilder;
        if (application.ExecutionContext.IsPublishMode)
            return builder;

        var port = builder.Resource.Annotations.OfType<EndpointAnnotation>()
            .Single(endpoint => endpoint.Name == InstalledRabbitMQResource.PrimaryEndpointName).Port;
        application.Resources.Remove(builder.Resource);
        var broker = new InstalledRabbitMQResource(builder.Resource);

        IConnection? connection = null;
        var key = $"{broker.Name}_installed_check";
        application.Services.AddHealthChecks().AddRabbitMQ(
            // Checked again and again over one connection, which a broker that was started again has closed.
            async _ => connection is { IsOpen: true } ? connection : connection = await ConnectAsync(broker),
            key);

        return application.AddResource(broker)
            .WithIconName("Mailbox")
            .WithArgs("rabbitmq.sh", Directory.CreateDirectory(directory).FullName)
            .WithEndpoint(
                port: port, targetPort: port, name: InstalledRabbitMQResource.PrimaryEndpointName, env: "RABBITMQ_NODE_PORT", isProxied: false)
            .WithEndpoint(name: "distribution", env: "RABBITMQ_DIST_PORT", isProxied: false)
            .WithEndpoint(name: "epmd", env: "ERL_EPMD_PORT", isProxied: false)
            .WithEndpoint(InstalledRabbitMQResource.PrimaryEndpointName, endpoint => endpoint.TargetHost = "127.0.0.1")
            .WithUrls(context => context.Urls.RemoveAll(url => url.Endpoint?.EndpointName is "distribution" or "epmd"))
            .WithEnvironment("RABBITMQ_DEFAULT_PASS", ReferenceExpression.Create($"{broker.PasswordParameter}"))
            .WithHealthCheck(key);
    }

    private static async Task<IConnection> ConnectAsync(InstalledRabbitMQResource broker) =>
        await new ConnectionFactory { Uri = new((await broker.ConnectionStringExpression.GetValueAsync(default))!) }.CreateConnectionAsync();
}
