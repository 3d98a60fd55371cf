using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Hosting.Services;

/// <summary>What a service says of itself beyond up or down.</summary>
public static class HealthReportExtensions
{
    /// <summary>
    /// Shows the checks of <c>/health</c> that do not pass, with their reasons: Aspire's own HTTP check sees a status code, and so takes a
    /// degraded service for a healthy one.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithHealthReport(this IResourceBuilder<ProjectResource> service)
    {
        ArgumentNullException.ThrowIfNull(service);
        var key = $"{service.Resource.Name}_report";
        var endpoint = service.GetEndpoint("http");
        service.ApplicationBuilder.Services.AddHealthChecks().Add(new(key, _ => new HealthReportCheck(endpoint), failureStatus: null, tags: null));
        return service.WithHealthCheck(key);
    }
}
