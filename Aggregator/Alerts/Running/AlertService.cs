using LaunchStack.Usage.Background;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using Npgsql;

namespace LaunchStack.Aggregator.Alerts.Running;

/// <summary>Runs the evaluation, tick by tick; after a stop it goes on where it was.</summary>
internal sealed partial class AlertService(
    UsageReader reader, DatabaseExecutor database, AlertStore store, AlertEvaluator evaluator, TimeProvider time, ILogger<AlertService> logger)
    : RecurringService(time, logger, reader)
{
    // A tick is due by the database's clock, which is not ours, and once no commit is under way that it would see.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // A transaction that is still writing after this is worth a line in the log.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ILogger _logger = logger;
    private bool _isHeldUp;

    public override string Work => "Evaluation of alerts";

    protected override async Task<TimeSpan?> RunRoundAsync(CancellationToken stoppingToken)
    {
        while (await database.RunInBackgroundAsync(evaluator.RunAsync, stoppingToken))
            _isHeldUp = false;
        var wait = evaluator.DueAt - Time.GetUtcNow();
        if (!_isHeldUp && -wait > Patience)
        {
            HeldUp(evaluator.DueAt);
            _isHeldUp = true;
        }
        return wait > Pause ? wait : Pause;
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

    [LoggerMessage(1, LogLevel.Warning, "Alerts wait: the tick due at {DueAt:O} is held up by a transaction that writes samples, or by a move without its cutover", EventName = "AlertsWait")]
    private partial void HeldUp(DateTimeOffset dueAt);
}
