using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>RabbitMQ: a child process of the installed server.</summary>
public static class RabbitMQBuilderExtensions
{
    /// <summary>Adds the broker; without <paramref name="password"/> one is generated and kept.</summary>
    public static IResourceBuilder<RabbitMQServerResource> AddRabbitMQ(
        this IDistributedApplicationBuilder builder, string name, IResourceBuilder<ParameterResource>? userName = null,
        IResourceBuilder<ParameterResource>? password = null, int? port = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (userName is not null)
            throw new NotSupportedException("The local broker has one user, guest: leave userName out.");
        var secret = password?.Resource ?? ParameterResourceBuilderExtensions.CreateParameter(
            builder, $"{name}-password", new GenerateParameterDefault { Special = false }, secret: true, persist: true);
        var resource = builder.AddResource(new RabbitMQServerResource(name, secret));
        resource.Resource.Annotations.Add(new EndpointAnnotation("tcp", "amqp", port));
        return resource;
    }

    /// <summary>Keeps queues and messages in the state directory.</summary>
    public static IResourceBuilder<RabbitMQServerResource> WithDataVolume(
        this IResourceBuilder<RabbitMQServerResource> builder, string? name = null, bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.Annotations.Add(new PersistentDataAnnotation());
        return builder;
    }
}
