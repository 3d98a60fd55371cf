using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace LaunchStack.Hosting.Services;

/// <summary>Services that live no longer than the app host.</summary>
public static class AppHostLifetimeExtensions
{
    /// <summary>
    /// Tells every project the app host's process (<c>AppHost__ProcessId</c>), so that it can end by itself. A stop in the middle of a start
    /// ends <c>dotnet run</c> before the orchestrator can know of the process that it starts. The dashboard ends with the app host too, before
    /// the services: they do not try for seconds to send it their last telemetry.
    /// </summary>
    /// <param name="builder">The application.</param>
    public static IDistributedApplicationBuilder EndServicesWithAppHost(this IDistributedApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Eventing.Subscribe<BeforeStartEvent>((start, _) =>
        {
            foreach (var project in start.Model.GetProjectResources())
            {
                project.Annotations.Add(new EnvironmentCallbackAnnotation(context =>
                {
                    context.EnvironmentVariables["AppHost__ProcessId"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
                    context.EnvironmentVariables.Remove("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY");
                }));
            }
            return Task.CompletedTask;
        });
        return builder;
    }
}
