using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Internal.Environment;

/// <summary>The environment that Aspire gives to a process in run mode.</summary>
internal sealed class ProcessEnvironment(IConfiguration configuration, IHostEnvironment host)
{
    public async Task<Dictionary<string, string>> ForAsync(IResource resource, int replica, CancellationToken cancellationToken)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        AddProfile(variables, resource);
        AddTelemetry(variables, resource, replica);
        AddEndpoints(variables, resource, replica);
        foreach (var reference in resource.Annotations.OfType<ReferenceAnnotation>())
            await AddReferenceAsync(variables, reference, cancellationToken);
        foreach (var own in resource.Annotations.OfType<EnvironmentAnnotation>())
            if (await own.Value(cancellationToken) is { } value)
                variables[own.Name] = value;
        return variables;
    }

    private void AddProfile(Dictionary<string, string> variables, IResource resource)
    {
        // The AppHost's own environment name, as Aspire gives it by the launch profile.
        variables["DOTNET_ENVIRONMENT"] = host.EnvironmentName;
        variables["ASPNETCORE_ENVIRONMENT"] = host.EnvironmentName;
        variables["DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION"] = "true";
        variables["LOGGING__CONSOLE__FORMATTERNAME"] = "simple";
        if (resource.Annotations.OfType<LaunchProfile>().FirstOrDefault() is not { } profile)
            return;
        variables["DOTNET_LAUNCH_PROFILE"] = profile.Name;
        foreach (var (name, value) in profile.Variables)
            variables[name] = value;
    }

    private void AddTelemetry(Dictionary<string, string> variables, IResource resource, int replica)
    {
        variables["OTEL_SERVICE_NAME"] = resource.Name;
        variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={resource.Name}-{replica}";

        var grpc = configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"];
        var http = configuration["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"];
        // An endpoint in the AppHost's own environment is inherited as it is.
        if ((grpc ?? http) is { } endpoint)
        {
            variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
            variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = grpc is null ? "http/protobuf" : "grpc";
            if (configuration["AppHost:OtlpApiKey"] is { Length: > 0 } key)
                variables["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={key}";
        }
        if (!host.IsDevelopment())
            return;
        variables["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
        variables["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
        variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
        variables["OTEL_TRACES_SAMPLER"] = "always_on";
        variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
    }

    private static void AddEndpoints(Dictionary<string, string> variables, IResource resource, int replica)
    {
        var endpoints = resource.Annotations.OfType<EndpointAnnotation>().ToArray();
        foreach (var endpoint in endpoints.Where(e => e.Variable is not null))
            variables[endpoint.Variable!] = endpoint.Ports[replica].ToString(CultureInfo.InvariantCulture);
        if (endpoints.Length > 0 && resource is ProjectResource)
            variables["ASPNETCORE_URLS"] = string.Join(';', endpoints.Select(e => e.Url(replica)));
    }

    private static async Task AddReferenceAsync(
        Dictionary<string, string> variables, ReferenceAnnotation reference, CancellationToken cancellationToken)
    {
        var prefix = reference.Name.Replace('-', '_').ToUpperInvariant();
        if (reference.Resource is IResourceWithConnectionString source)
        {
            var connectionString = await source.GetConnectionStringAsync(cancellationToken)
                ?? throw new DistributedApplicationException(
                    $"ConnectionStrings:{reference.Name} has no value. Set ConnectionStrings__{reference.Name} in the environment.");
            variables[$"ConnectionStrings__{reference.Name}"] = connectionString;
            foreach (var (name, value) in await ConnectionProperties.OfAsync(reference.Resource, cancellationToken))
                variables[$"{prefix}_{name}"] = value;
            return;
        }
        foreach (var endpoint in reference.Resource.Annotations.OfType<EndpointAnnotation>())
        {
            for (var i = 0; i < endpoint.Ports.Count; i++)
                variables[$"services__{reference.Name}__{endpoint.Name}__{i}"] = endpoint.Url(i);
            variables[$"{prefix}_{endpoint.Name.ToUpperInvariant()}"] = endpoint.Url();
        }
    }
}
