using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace LaunchStack.ServiceDefaults;

/// <summary>
/// Reads as a request does: a day of no instance, from rollups and samples. Unhealthy where the database is away; degraded where it is
/// there and the reads fail, or take longer than whoever asks waits.
/// </summary>
internal sealed class DatabaseHealthCheck(UsageReader reader, TimeProvider time) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        try
        {
            await reader.HistoryAsync(new(Guid.Empty, now.AddDays(-1), now, Points: 24), cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (DatabaseUnavailableException e) when (e.InnerException is MissingSchemaException || (e.InnerException is PostgresException refused && !PostgresErrors.IsOutage(refused)))
        {
            return HealthCheckResult.Degraded($"Reads fail: {e.Message}");
        }
        catch (DatabaseUnavailableException e)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
        catch (PostgresException e)
        {
            return HealthCheckResult.Degraded($"Reads fail: {PostgresErrors.ForClient(e)}");
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException && cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Degraded("Reads take longer than 2 seconds.");
        }
    }
}
