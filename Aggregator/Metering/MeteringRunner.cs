using LaunchStack.Usage.Background;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;

namespace LaunchStack.Aggregator.Metering;

/// <summary>
/// Meters every <see cref="MeteringOptions.Interval"/>. A row that somebody has changed to what cannot be stops metering until it is mended,
/// not the service.
/// </summary>
internal sealed class MeteringRunner(
    UsageReader reader, DatabaseExecutor database, MeteringPasses passes, GapRuleStore rules, MeteringOptions options, TimeProvider time,
    ILogger<MeteringRunner> logger) : RecurringService(time, logger, reader)
{
    private bool _isRuled;

    public override string Work => "Metering";

    protected override async Task<TimeSpan?> RunRoundAsync(CancellationToken stoppingToken)
    {
        if (!_isRuled)
            await database.RunInBackgroundAsync(token => rules.ApplyAsync(options.MaxGap, token), stoppingToken);
        _isRuled = true;
        await database.RunInBackgroundAsync(token => passes.RunAsync(null, token), stoppingToken);
        return options.Interval;
    }

    protected override bool IsOutage(Exception e) => e is ClaimLostException || base.IsOutage(e);
}
