using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LaunchStack.Hosting.Services;

/// <summary>The status that <c>/health</c> names, and the name and reason of each check that does not pass.</summary>
internal sealed class HealthReportCheck(EndpointReference endpoint) : IHealthCheck
{
    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(5) };

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            using var response = await Client.GetAsync(new Uri(new Uri(endpoint.Url), "/health"), cancellationToken);
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            using var report = await JsonDocument.ParseAsync(body, default, cancellationToken);
            var reasons = report.RootElement.GetProperty("checks").EnumerateObject()
                .Where(check => check.Value.GetProperty("status").GetString() != nameof(HealthStatus.Healthy))
                .Select(check => $"{check.Name}: {(check.Value.TryGetProperty("reason", out var reason) ? reason.GetString() : "no reason given")}");
            return new(Enum.Parse<HealthStatus>(report.RootElement.GetProperty("status").GetString()!), string.Join('\n', reasons));
        }
        // InvalidOperationException: the endpoint has no address yet.
        catch (Exception e) when (e is HttpRequestException or JsonException or InvalidOperationException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }
}
