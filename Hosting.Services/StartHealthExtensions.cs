using Aspire.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LaunchStack.Hosting.Services;

/// <summary>How soon it is noticed that a resource has become healthy.</summary>
public static class StartHealthExtensions
{
    /// <summary>
    /// Asks each health check again every 250 ms until it has been healthy once. Aspire asks after 1, 3, 6, 10 and 15 s: what waits for a
    /// database that needs 7 s would start at 10. What is still not healthy after 5 s is reported, so that the dashboard names the reason.
    /// </summary>
    /// <param name="builder">The application.</param>
    public static IDistributedApplicationBuilder NoticeHealthAtOnce(this IDistributedApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.PostConfigure<HealthCheckServiceOptions>(options =>
        {
            foreach (var registration in options.Registrations)
            {
                // The factory is asked at each check.
                var (make, state) = (registration.Factory, new StartState());
                registration.Factory = services => new StartHealthCheck(make(services), state, TimeProvider.System);
            }
        });
        return builder;
    }

    internal sealed class StartState
    {
        public bool HasBeenHealthy { get; set; }
    }

    internal sealed class StartHealthCheck(IHealthCheck check, StartState state, TimeProvider time) : IHealthCheck
    {
        public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
        public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            var started = time.GetTimestamp();
            while (true)
            {
                HealthCheckResult result;
                try
                {
                    result = await check.CheckHealthAsync(context, cancellationToken);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    // As the health check service itself would say it.
                    result = new(context.Registration.FailureStatus, exception.Message, exception);
                }
                state.HasBeenHealthy |= result.Status == HealthStatus.Healthy;
                if (state.HasBeenHealthy || time.GetElapsedTime(started) + Interval > Limit)
                    return result;
                await Task.Delay(Interval, time, cancellationToken);
            }
        }
    }
}
