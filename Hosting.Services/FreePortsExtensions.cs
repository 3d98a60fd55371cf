using System.Net.NetworkInformation;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace LaunchStack.Hosting.Services;

/// <summary>Whether the ports of a system are free, asked before anything of it starts.</summary>
public static class FreePortsExtensions
{
    // Variable with an address that the app host or its dashboard listens on, and what that is.
    private static readonly (string Variable, string Listener)[] Addresses =
    [
        ("ASPNETCORE_URLS", "the dashboard"),
        ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "the dashboard's OTLP/gRPC"),
        ("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", "the dashboard's OTLP/HTTP"),
        ("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", "the app host's resource service"),
    ];

    /// <summary>
    /// Ends the start with one line that names each port in use and what wanted it. Without it Aspire ends with a stack trace, or a service
    /// fails after its database has started. A system of random ports asks for none.
    /// </summary>
    /// <param name="builder">The application.</param>
    public static IDistributedApplicationBuilder RequireFreePorts(this IDistributedApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!builder.Configuration.GetValue<bool>("DcpPublisher:RandomizePorts"))
        {
            builder.Eventing.Subscribe<BeforeStartEvent>((start, _) =>
            {
                var wanted = Addresses
                    .SelectMany(a => (builder.Configuration[a.Variable] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries), (a, url) => (Url: url, a.Listener))
                    .Select(a => (Uri.TryCreate(a.Url, UriKind.Absolute, out var url) ? url.Port : 0, a.Listener))
                    .Concat(start.Model.Resources.SelectMany(
                        resource => resource.Annotations.OfType<EndpointAnnotation>(), (resource, endpoint) => (endpoint.Port ?? 0, resource.Name)));
                var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port).ToHashSet();
                return Refusal(wanted, taken) is { } refusal ? throw new DistributedApplicationException(refusal) : Task.CompletedTask;
            });
        }
        return builder;
    }

    /// <summary>What to tell when some of the ports wanted are taken; null: none is.</summary>
    internal static string? Refusal(IEnumerable<(int Port, string Listener)> wanted, IReadOnlySet<int> taken)
    {
        var missing = wanted.Where(w => w.Port > 0 && taken.Contains(w.Port)).Select(w => $"{w.Port} ({w.Listener})").Distinct().ToList();
        return missing.Count == 0 ? null
            : $"Ports in use: {string.Join(", ", missing)}. If this system runs already, end it first (aspire stop, or Ctrl+C where it runs); "
              + "a second one beside it: aspire start --isolated -- --state DIR";
    }
}
