using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Internal.State;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

/// <summary>Parameters and connection strings from outside.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>A value from <c>Parameters:{name}</c>.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddResource(CreateParameter(builder, name, null, secret, persist: false));
    }

    /// <summary>A value from <c>Parameters:{name}</c>, else <paramref name="value"/>, kept in the state directory when <paramref name="persist"/>.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false, bool persist = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddResource(CreateParameter(builder, name, value, secret, persist));
    }

    /// <summary>A connection string of the AppHost's configuration: <c>ConnectionStrings:{name}</c>.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name, string? environmentVariableName = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddResource(new ConnectionStringResource(name, () =>
            builder.Configuration.GetConnectionString(environmentVariableName ?? name)));
    }

    internal static ParameterResource CreateParameter(
        IDistributedApplicationBuilder builder, string name, ParameterDefault? fallback, bool secret, bool persist)
    {
        var kept = builder.Services.Single(service => service.ServiceType == typeof(KeptParameters)).ImplementationInstance as KeptParameters;
        string? made = null;
        return new ParameterResource(name, value => builder.Configuration[$"Parameters:{name}"] switch
        {
            { Length: > 0 } given => given,
            _ when value is null => throw new InvalidOperationException(
                $"Parameter '{name}' has no value. Set Parameters__{name} in the environment."),
            _ => made ??= persist ? kept!.GetOrAdd(name, value.GetDefaultValue) : value.GetDefaultValue(),
        }, secret)
        {
            Default = fallback,
        };
    }
}
