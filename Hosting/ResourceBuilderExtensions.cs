using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>How resources hang together.</summary>
public static class ResourceBuilderExtensions
{
    /// <summary>Gives the connection string of <paramref name="source"/> as <c>ConnectionStrings__{name}</c>.</summary>
    public static IResourceBuilder<T> WithReference<T>(
        this IResourceBuilder<T> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null,
        bool optional = false)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(source);
        return builder.Annotate(new ReferenceAnnotation(source.Resource, connectionName ?? source.Resource.Name));
    }

    /// <summary>Gives the addresses of <paramref name="source"/> as <c>services__{name}__{endpoint}__{replica}</c>.</summary>
    public static IResourceBuilder<T> WithReference<T>(
        this IResourceBuilder<T> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(source);
        return builder.Annotate(new ReferenceAnnotation(source.Resource, source.Resource.Name));
    }

    /// <summary>Sets an environment variable.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment =>
        builder.Annotate(new EnvironmentAnnotation(name, _ => ValueTask.FromResult(value), IsSecret: false));

    /// <summary>Sets an environment variable to a parameter's value.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return builder.Annotate(new EnvironmentAnnotation(name, parameter.Resource.GetValueAsync, parameter.Resource.Secret));
    }

    /// <summary>Adds command-line arguments.</summary>
    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params string[] args)
        where T : IResourceWithEnvironment => builder.Annotate(new CommandLineAnnotation(args));

    /// <summary>Starts only once <paramref name="dependency"/> runs and its health checks pass.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport
    {
        ArgumentNullException.ThrowIfNull(dependency);
        return builder.Annotate(new WaitAnnotation(dependency.Resource, WaitKind.Healthy));
    }

    /// <summary>Starts only once <paramref name="dependency"/> has run to completion with <paramref name="exitCode"/>.</summary>
    public static IResourceBuilder<T> WaitForCompletion<T>(
        this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, int exitCode = 0)
        where T : IResourceWithWaitSupport
    {
        ArgumentNullException.ThrowIfNull(dependency);
        return builder.Annotate(new WaitAnnotation(dependency.Resource, WaitKind.Completion, exitCode));
    }

    /// <summary>Listens over HTTP; <paramref name="env"/> tells the process the port.</summary>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool isProxied = true)
        where T : IResourceWithEndpoints => builder.Annotate(new EndpointAnnotation(name ?? "http", "http", port ?? targetPort, env));

    /// <summary>Healthy once <paramref name="path"/> of its HTTP endpoint answers <paramref name="statusCode"/>.</summary>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints => builder.Annotate(new HttpHealthAnnotation(path ?? "/", statusCode ?? 200));

    /// <summary>An endpoint by name; its address is known once the application starts.</summary>
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        return new(builder.Resource, name);
    }

    /// <summary>
    /// Offers a command on the dashboard, which runs <paramref name="executeCommand"/> within the AppHost. A command of the same name is replaced.
    /// </summary>
    public static IResourceBuilder<T> WithCommand<T>(
        this IResourceBuilder<T> builder, string name, string displayName,
        Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand, CommandOptions? commandOptions = null)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Resource.Annotations.OfType<CommandAnnotation>().SingleOrDefault(a => a.Name == name) is { } known)
            builder.Resource.Annotations.Remove(known);
        return builder.Annotate(new CommandAnnotation(name, displayName, executeCommand, commandOptions ?? new()));
    }

    private static IResourceBuilder<T> Annotate<T>(this IResourceBuilder<T> builder, IResourceAnnotation annotation)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.Annotations.Add(annotation);
        return builder;
    }
}
