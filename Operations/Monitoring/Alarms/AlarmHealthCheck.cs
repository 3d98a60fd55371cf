using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LaunchStack.Operations.Monitoring.Alarms;

/// <summary>Degraded while the rule's alarm holds: names what it is about and the runbook. The service itself is well.</summary>
internal sealed class AlarmHealthCheck(AlarmBoard board, AlarmRule rule) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var alarms = board.Active.Where(alarm => alarm.Name == rule.Name).ToList();
        return Task.FromResult(alarms.Count == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded(
                alarms[0].Reason + (alarms.Count > 1 ? $" And {alarms.Count - 1} more." : "") + $" See {rule.Runbook}."));
    }
}
