using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using Npgsql;

namespace LaunchStack.Aggregator.Alerts.Running;

/// <summary>Runs the evaluation, tick by tick; after a stop it goes on where it was. It ends by itself over the original schema, which has no rules.</summary>
internal sealed partial class AlertService(
    UsageReader reader, DatabaseExecutor database, AlertStore store, AlertEvaluator evaluator, TimeProvider time, ILogger<AlertService> logger)
    : BackgroundService
{
    // A tick is due by the database's clock, which is not ours, and once no commit is under way that it would see.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // A transaction that is still writing after this is worth a line in the log.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isWaiting = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if ((await reader.DetectAsync(stoppingToken)).Schema == UsageSchema.Legacy)
                    return;
                while (await database.RunInBackgroundAsync(evaluator.RunAsync, stoppingToken))
                    isWaiting = false;
                if (!isWaiting && time.GetUtcNow() - evaluator.DueAt > Patience)
                {
                    Waiting($"the tick due at {evaluator.DueAt:O} is held up by a transaction that writes samples, or by a move without its cutover");
                    isWaiting = true;
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is DatabaseUnavailableException or NpgsqlException or TimeoutException)
            {
                if (!isWaiting)
                    Waiting(e.Message);
                isWaiting = true;
            }
            var wait = evaluator.DueAt - time.GetUtcNow();
            await Task.Delay(wait > Pause ? wait : Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await database.RunInBackgroundAsync(store.ReleaseAsync, cancellationToken);
        }
        catch (Exception e) when (e is DatabaseUnavailableException or NpgsqlException or OperationCanceledException)
        {
            // The claim ends by time.
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Alerts wait: {Reason}", EventName = "AlertsWait")]
    private partial void Waiting(string reason);
}
