using LaunchStack.Usage.Background;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace LaunchStack.ServiceDefaults;

/// <summary>Degraded while background work fails for a reason that nobody foresaw: requests are answered, and something does not go on.</summary>
internal sealed class BackgroundHealthCheck(IEnumerable<IHostedService> services) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        // The log has the exception: its text may hold what callers without a key are not to see.
        var failing = services.OfType<RecurringService>().Where(service => service.Failure is not null).Select(service => service.Work).ToList();
        return Task.FromResult(failing.Count == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded($"{string.Join(", ", failing)} fails and is tried again; see the log."));
    }
}
