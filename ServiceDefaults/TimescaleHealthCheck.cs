using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace LaunchStack.ServiceDefaults;

/// <summary>Healthy while the database answers a statement within two seconds.</summary>
internal sealed class TimescaleHealthCheck(NpgsqlDataSource dataSource) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await using var command = dataSource.CreateCommand("SELECT 1");
            await command.ExecuteScalarAsync(limit.Token);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or TimeoutException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, e is PostgresException p ? $"The database answers with SQLSTATE {p.SqlState}." : "The database does not answer.");
        }
    }
}
