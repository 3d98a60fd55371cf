using LaunchStack.Aggregator.Rollups;
using LaunchStack.Usage;
using LaunchStack.Usage.Background;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using Npgsql;

namespace LaunchStack.Aggregator.Policies;

/// <summary>
/// Runs the due policies where the database has no background workers to do it, in steps that leave room for others. Where it has
/// them, it runs those that failed there: TimescaleDB 2.23.1's workers fail on recent minor versions of PostgreSQL
/// (<c>cannot drop portal "" while it is being set up</c>) in jobs that a session runs without complaint.
/// </summary>
internal sealed partial class PolicyRunner(
    UsageReader reader, DatabaseExecutor executor, PolicyStore store, RollupRefresher refresher, PolicyOptions options, TimeProvider time,
    ILogger<PolicyRunner> logger) : RecurringService(time, logger, reader)
{
    private readonly UsageReader _reader = reader;
    private readonly ILogger _logger = logger;

    public override string Work => "Running of policies";

    protected override async Task<TimeSpan?> RunRoundAsync(CancellationToken stoppingToken)
    {
        var database = await _reader.DetectAsync(stoppingToken);
        while (await executor.RunInBackgroundAsync(token => RunNextAsync(database.HasBackgroundWorkers, token), stoppingToken))
            await Task.Delay(options.StepDelay, Time, stoppingToken);
        return options.Interval;
    }

    /// <summary>Runs the policy that has been due longest; false when none is.</summary>
    internal async Task<bool> RunNextAsync(bool failedOnly, CancellationToken cancellationToken)
    {
        if (await store.ClaimAsync(failedOnly, cancellationToken) is not { } policy)
            return false;

        var name = $"{policy.Procedure}:{policy.Relation ?? policy.JobId.ToString(System.Globalization.CultureInfo.InvariantCulture)}";
        using var activity = RollupTelemetry.StartPolicy(name);
        var started = Time.GetTimestamp();
        string? error = null;
        try
        {
            await RunAsync(policy, cancellationToken);
        }
        catch (PostgresException e)
        {
            // One policy that fails must not keep the others from their turn; it is tried again when its retry period is over.
            error = $"{e.SqlState}: {e.MessageText}";
            Failed(name, error);
        }
        await store.FinishAsync(policy.JobId, error, cancellationToken);
        var elapsed = Time.GetElapsedTime(started);
        RollupTelemetry.PolicyDuration.Record(
            elapsed.TotalSeconds, new("policy", name), new("outcome", error is null ? "success" : "failure"));
        if (error is null)
            Ran(name, elapsed);
        return true;
    }

    private async Task RunAsync(Policy policy, CancellationToken cancellationToken)
    {
        switch (policy)
        {
            case { Procedure: "policy_refresh_continuous_aggregate", EndOffset: { } end }
                when Rollup.All.FirstOrDefault(r => r.Name == policy.Relation) is { } rollup:
                var now = Time.GetUtcNow();
                var start = policy.StartOffset is { } back ? now - back : DateTimeOffset.UnixEpoch;
                await refresher.CatchUpAsync(rollup, new(start + rollup.Bucket, now - end), cancellationToken);
                break;

            case { Procedure: RollupJobs.Compression or RollupJobs.Columnstore, Relation: { } hypertable, CompressAfter: { } after }:
                foreach (var chunk in await store.UncompressedAsync(hypertable, after, cancellationToken))
                {
                    await store.CompressAsync(chunk, cancellationToken);
                    await Task.Delay(options.StepDelay, Time, cancellationToken);
                }
                break;

            default:
                await store.RunAsync(policy.JobId, cancellationToken);
                break;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Policy {Policy} ran in {Elapsed}", EventName = "PolicyRan")]
    private partial void Ran(string policy, TimeSpan elapsed);

    [LoggerMessage(2, LogLevel.Error, "Policy {Policy} failed: {Reason}", EventName = "PolicyFailed")]
    private partial void Failed(string policy, string reason);
}
