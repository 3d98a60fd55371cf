using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Internal.Launch;
using Aspire.Hosting.Internal.State;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Internal.Dashboard;

/// <summary>
/// The dashboard: the first resource of every run, started by the engine and not by the AppHost's Program, as under Aspire.
/// The system is ready without it.
/// </summary>
internal sealed class DashboardResource
{
    private const string Name = "dashboard";
    private readonly EndpointAnnotation _pages = new("http", "http", 18888);
    private readonly EndpointAnnotation _grpc = new("otlp-grpc", "http", 18889);
    private readonly EndpointAnnotation _http = new("otlp-http", "http", 18890);
    private readonly string _browserToken;
    private readonly string _otlpKey = Secret();

    private DashboardResource(string project, KeptParameters kept)
    {
        _browserToken = kept.GetOrAdd("dashboard-token", Secret);
        Resource.Annotations.Add(new OptionalAnnotation());
        Resource.Annotations.Add(new Metadata(project));
        foreach (var endpoint in (EndpointAnnotation[])[_pages, _grpc, _http])
            Resource.Annotations.Add(endpoint);
        Resource.Annotations.Add(new HttpHealthAnnotation("/health", 200));
        Set("ASPNETCORE_URLS", () => _pages.Url());
        Set("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", () => _grpc.Url());
        Set("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", () => _http.Url());
        Set("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", () => ServiceUrl);
        Set("DASHBOARD__FRONTEND__BROWSERTOKEN", () => _browserToken);
        Set("DASHBOARD__OTLP__PRIMARYAPIKEY", () => _otlpKey);
        Set("DASHBOARD__RESOURCESERVICECLIENT__APIKEY", () => ServiceKey);
    }

    public ProjectResource Resource { get; } = new(Name);

    public string ServiceUrl { get; } = $"http://127.0.0.1:{Ports.Free()}";

    public string ServiceKey { get; } = Secret();

    /// <summary>Where a person logs in; known once the ports are.</summary>
    public string LoginUrl => $"{_pages.Url()}/login?t={_browserToken}";

    /// <summary>Adds the dashboard before all other resources; null when the AppHost does not reference one.</summary>
    public static DashboardResource? AddTo(IList<IResource> resources, string? project, KeptParameters kept)
    {
        if (project is null)
            return null;
        var dashboard = new DashboardResource(project, kept);
        resources.Insert(0, dashboard.Resource);
        return dashboard;
    }

    /// <summary>From here on all telemetry goes to the dashboard.</summary>
    public void Announce(IConfiguration configuration)
    {
        configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = _grpc.Url();
        configuration["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = _http.Url();
        configuration["AppHost:OtlpApiKey"] = _otlpKey;
    }

    private static string Secret() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    private void Set(string name, Func<string> value) =>
        Resource.Annotations.Add(new EnvironmentAnnotation(name, _ => ValueTask.FromResult<string?>(value()), IsSecret: true));

    private sealed record Metadata(string ProjectPath) : IProjectMetadata;
}
