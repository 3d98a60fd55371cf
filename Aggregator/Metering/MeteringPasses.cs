using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Metering;

/// <summary>
/// Brings day lines and statements up to date with what has been received. Every step is a transaction that finds its work in the
/// database, so a pass that is killed anywhere is taken up by the next one, and a pass over nothing new changes nothing.
/// </summary>
internal sealed partial class MeteringPasses(
    NpgsqlDataSource dataSource, MeteringClaim claim, MeteringReader reader, DayStore days, StatementStore statements, RateCardStore cards,
    BudgetStore budgets, MeteringOptions options, TimeProvider time, ILogger<MeteringPasses> logger)
{
    // Time in which a day's last samples arrive in the ordinary run of things. More than the five minutes of the trigger
    // resource_usage_late: whatever comes for a day after its first line must have been noted as a change.
    internal static readonly TimeSpan Settle = TimeSpan.FromMinutes(10);

    // In which others have the embedded database's only session.
    private static readonly TimeSpan StepDelay = TimeSpan.FromMilliseconds(20);

    private bool _isRunning;
    private bool _waitsForCard;

    /// <summary>One pass; null when another one runs, here or in another Aggregator, or the cutoff cannot be told now.</summary>
    /// <param name="upTo">An earlier cutoff than now's, for tests; samples received later are left for a later pass.</param>
    /// <param name="cancellationToken">Stops between two steps.</param>
    public async Task<MeteringPass?> RunAsync(DateTime? upTo, CancellationToken cancellationToken)
    {
        // The claim keeps out other Aggregators, not a second pass of this one: a line could then be replaced by one of an earlier cutoff.
        if (Interlocked.Exchange(ref _isRunning, true))
            return null;
        try
        {
            return await RunClaimedAsync(upTo, cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _isRunning, false);
        }
    }

    private async Task<MeteringPass?> RunClaimedAsync(DateTime? upTo, CancellationToken cancellationToken)
    {
        if (!await claim.TakeAsync(cancellationToken))
            return null;
        try
        {
            if (await dataSource.ScalarAsync<DateTime?>("SELECT usage_cutoff()", cancellationToken) is not { } safe)
                return null;
            var cutoff = upTo is { } earlier && earlier < safe ? earlier : safe;
            using var activity = MeteringTelemetry.StartPass(cutoff);
            var started = time.GetTimestamp();
            var context = await reader.ContextAsync(cancellationToken);

            var (computed, lines) = await NewDaysAsync(cutoff, context, cancellationToken);
            lines += await ChangedDaysAsync(cutoff, context, cancellationToken);
            var frozen = await FreezeAsync(cutoff, cancellationToken);
            await budgets.RaiseAsync(UtcDay.Of(cutoff).MonthStart(), await cards.AllAsync(cancellationToken), claim, time, cancellationToken);

            var pass = new MeteringPass(cutoff, computed, lines, frozen, time.GetElapsedTime(started).TotalSeconds);
            MeteringTelemetry.Record(pass);
            if (computed + lines + frozen > 0)
                Done(computed, lines, frozen, pass.Seconds);
            return pass;
        }
        finally
        {
            await claim.ReleaseAsync(CancellationToken.None);
        }
    }

    private async Task<(int Days, int Lines)> NewDaysAsync(DateTime cutoff, MeteringContext context, CancellationToken cancellationToken)
    {
        var (computed, lines) = (0, 0);
        var before = UtcDay.Of(cutoff - Settle);
        while (await days.NextDayAsync(before, cancellationToken) is { } day)
        {
            if (context.Holds(day))
            {
                var known = await days.WithLineAsync(day, cancellationToken);
                var instances = await reader.InstancesAsync(day, context, cancellationToken);
                foreach (var step in instances.Where(instance => !known.Contains(instance)).Chunk(context.Step))
                    lines += await StepAsync(day, step, cutoff, context, cancellationToken);
                computed++;
            }
            await days.PassAsync(day, cancellationToken);
        }
        await days.PassAsync(before.AddDays(-1), cancellationToken);
        return (computed, lines);
    }

    private async Task<int> ChangedDaysAsync(DateTime cutoff, MeteringContext context, CancellationToken cancellationToken)
    {
        var lines = 0;
        while (await days.ChangedAsync(cutoff, context.Step, cancellationToken) is var (day, instances))
        {
            if (context.Holds(day))
            {
                lines += await StepAsync(day, instances, cutoff, context, cancellationToken);
                continue;
            }
            TooLate(instances.Length, day, context.DroppedBefore);
            await days.ForgetAsync(day, instances, cutoff, cancellationToken);
        }
        return lines;
    }

    private async Task<int> StepAsync(DateOnly day, Guid[] instances, DateTime cutoff, MeteringContext context, CancellationToken cancellationToken)
    {
        var computed = await reader.ComputeAsync(day, instances, cutoff, context, cancellationToken);
        var written = await days.WriteAsync(day, computed, cutoff, cancellationToken);
        await Task.Delay(StepDelay, time, cancellationToken);
        return written;
    }

    private async Task<int> FreezeAsync(DateTime cutoff, CancellationToken cancellationToken)
    {
        var lastClosed = UtcDay.Of(cutoff - options.Grace).MonthStart().AddMonths(-1);
        var due = await statements.DueAsync(lastClosed, cancellationToken);
        if (due.Count == 0)
            return 0;
        var all = await cards.AllAsync(cancellationToken);
        var frozen = 0;
        var waiting = new HashSet<Guid>();
        foreach (var (user, month) in due)
        {
            // A later month's statement would take an earlier one's lines along, under a card that was not valid then.
            if (waiting.Contains(user))
                continue;
            if (RateCardStore.For(all, month) is null)
            {
                waiting.Add(user);
                if (!_waitsForCard)
                    NoCard(month);
                _waitsForCard = true;
                continue;
            }
            if (await statements.FreezeAsync(user, month, all, cutoff, time, cancellationToken) is not null)
                frozen++;
        }
        return frozen;
    }

    [LoggerMessage(1, LogLevel.Information, "{Days} days, {Lines} lines computed, {Statements} statements frozen in {Seconds:0.0} s", EventName = "Metered")]
    private partial void Done(int days, int lines, int statements, double seconds);

    [LoggerMessage(2, LogLevel.Warning, "Samples of {Instances} instances came for {Day}, but samples before {Dropped} are dropped: they are not metered", EventName = "TooLateToMeter")]
    private partial void TooLate(int instances, DateOnly day, DateTimeOffset? dropped);

    [LoggerMessage(3, LogLevel.Warning, "Statements of {Month} wait for a rate card that is valid then (POST /v1/rate-cards)", EventName = "NoRateCard")]
    private partial void NoCard(DateOnly month);
}
