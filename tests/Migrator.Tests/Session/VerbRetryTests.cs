using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Session;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Session;

public sealed class VerbRetryTests
{
    private static readonly PostgresException Conflict = Error("40001", "ProcessInterrupts");

    [Fact]
    public async Task Work_goes_on_after_as_many_conflicts_as_it_survives() =>
        Assert.Equal(VerbRetry.Retries + 1, await RunAsync(conflicts: VerbRetry.Retries));

    [Fact]
    public async Task A_race_after_which_the_connection_is_closed_is_run_anew()
    {
        var race = new PostgresException("tuple concurrently updated", "ERROR", "ERROR", PostgresErrorCodes.InternalError);
        Assert.Equal(2, await RunAsync(conflicts: 1, race));
        Assert.Same(race, await Assert.ThrowsAsync<PostgresException>(() => RunAsync(conflicts: int.MaxValue, race)));
    }

    [Fact]
    public async Task After_more_the_refusal_names_cause_and_remedy()
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => RunAsync(conflicts: int.MaxValue));
        foreach (var part in new[] { "conflict with recovery", "max_standby_streaming_delay = -1", "hot_standby_feedback = on", "name the primary", "run the migrator again" })
            Assert.Contains(part, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_conflict_is_not_repeated()
    {
        var runs = 0;
        await Assert.ThrowsAsync<PostgresException>(() => VerbRetry.RunAsync<int>(
            () => throw Error("42P01", $"run {++runs}"), NullLogger.Instance, new FakeTimeProvider(), TestContext.Current.CancellationToken));
        Assert.Equal(1, runs);
    }

    /// <summary>How often it ran.</summary>
    private static async Task<int> RunAsync(int conflicts, PostgresException? error = null)
    {
        var (time, runs) = (new FakeTimeProvider(), 0);
        var work = VerbRetry.RunAsync(
            () => runs++ < conflicts ? throw error ?? Conflict : Task.FromResult(runs), NullLogger.Instance, time, TestContext.Current.CancellationToken);
        while (!work.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        return await work;
    }

    private static PostgresException Error(string state, string routine) =>
        new("canceling statement due to conflict with recovery", "ERROR", "ERROR", state, routine: routine);
}
