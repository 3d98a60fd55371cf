using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace LaunchStack.ServiceDefaults;

/// <summary>What every process of the system has: telemetry, health, service discovery.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Adds telemetry, health checks and service discovery; ends with the app host.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.AddTelemetry();
        builder.AddDefaultHealthChecks();

        builder.Services.TryAddSingleton(TimeProvider.System);
        // Orchestrators kill what has not ended 10 s after it was told to (Aspire's, Compose); what runs is given up before.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.Services.AddHostedService<AppHostWatch>();
        builder.Services.AddServiceDiscovery();
        // No retries: Web answers what is wrong at once, the agent's spool is its retry, and telemetry would hold up the end of a process.
        builder.Services.ConfigureHttpClientDefaults(http => http.AddServiceDiscovery());
        return builder;
    }
}
