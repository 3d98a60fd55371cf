using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using Npgsql;

namespace LaunchStack.Aggregator.Metering;

/// <summary>Meters every <see cref="MeteringOptions.Interval"/>; ends by itself over the original schema, which has nothing to meter into.</summary>
internal sealed partial class MeteringRunner(
    UsageReader reader, DatabaseExecutor database, MeteringPasses passes, GapRuleStore rules, MeteringOptions options, TimeProvider time,
    ILogger<MeteringRunner> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (away, ruled) = (false, false);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if ((await reader.DetectAsync(stoppingToken)).Schema == UsageSchema.Legacy)
                    return;
                if (!ruled)
                    await database.RunInBackgroundAsync(token => rules.ApplyAsync(options.MaxGap, token), stoppingToken);
                ruled = true;
                await database.RunInBackgroundAsync(token => passes.RunAsync(null, token), stoppingToken);
                away = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (ClaimLostException e)
            {
                Waits(e.Message);
            }
            catch (Exception e) when (e is DatabaseUnavailableException or NpgsqlException or TimeoutException)
            {
                if (!away)
                    Waits(e.Message);
                away = true;
            }
            catch (Exception e) when (e is FormatException or OverflowException or InvalidCastException or InvalidOperationException)
            {
                // A row that somebody has changed to what cannot be: it stops metering until it is mended, not the service.
                Fails(e.Message);
            }
            await Task.Delay(options.Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Metering waits: {Reason}", EventName = "MeteringWaits")]
    private partial void Waits(string reason);

    [LoggerMessage(2, LogLevel.Error, "Metering cannot go on, and is tried again: {Reason}", EventName = "MeteringFails")]
    private partial void Fails(string reason);
}
