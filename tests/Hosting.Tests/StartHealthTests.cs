using LaunchStack.Hosting.Services;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using static LaunchStack.Hosting.Services.StartHealthExtensions;

namespace LaunchStack.Hosting.Tests;

public sealed class StartHealthTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly StartState _state = new();

    [Fact]
    public async Task What_becomes_healthy_is_noticed_at_the_next_interval()
    {
        var check = new ScriptedCheck([HealthStatus.Unhealthy, HealthStatus.Degraded, HealthStatus.Healthy]);

        Assert.Equal(HealthStatus.Healthy, (await RunAsync(check)).Status);
        Assert.Equal((3, 2 * StartHealthCheck.Interval), (check.Calls, _time.GetUtcNow() - _time.Start));
    }

    [Fact]
    public async Task What_stays_unhealthy_is_told_with_its_reason_after_the_limit()
    {
        var check = new ScriptedCheck([HealthStatus.Unhealthy]);

        var result = await RunAsync(check);

        Assert.Equal((HealthStatus.Unhealthy, "Unhealthy"), (result.Status, result.Description));
        Assert.Equal(StartHealthCheck.Limit, _time.GetUtcNow() - _time.Start);
    }

    [Fact]
    public async Task What_has_been_healthy_once_is_told_at_once()
    {
        var check = new ScriptedCheck([HealthStatus.Healthy, HealthStatus.Unhealthy]);
        await RunAsync(check);

        Assert.Equal(HealthStatus.Unhealthy, (await RunAsync(check)).Status);
        Assert.Equal(_time.Start, _time.GetUtcNow());
    }

    [Fact]
    public async Task A_check_that_throws_is_asked_again_and_its_failure_is_told_in_its_words()
    {
        var result = await RunAsync(new ScriptedCheck([]));

        Assert.Equal(HealthStatus.Degraded, result.Status);
        Assert.IsType<InvalidOperationException>(result.Exception);
        Assert.Equal(StartHealthCheck.Limit, _time.GetUtcNow() - _time.Start);
    }

    [Fact]
    public async Task A_stop_ends_the_wait()
    {
        using var stop = new CancellationTokenSource();
        var waiting = new StartHealthCheck(new ScriptedCheck([HealthStatus.Unhealthy]), _state, _time).CheckHealthAsync(Context, stop.Token);
        Assert.False(waiting.IsCompleted);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private static HealthCheckContext Context => new() { Registration = new("check", new ScriptedCheck([]), HealthStatus.Degraded, null) };

    private async Task<HealthCheckResult> RunAsync(ScriptedCheck check)
    {
        var running = new StartHealthCheck(check, _state, _time).CheckHealthAsync(Context, TestContext.Current.CancellationToken);
        while (!running.IsCompleted)
            _time.Advance(StartHealthCheck.Interval);
        return await running;
    }

    /// <summary>Answers in turn, the last again and again; without any it throws.</summary>
    private sealed class ScriptedCheck(HealthStatus[] answers) : IHealthCheck
    {
        public int Calls { get; private set; }

        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            if (answers.Length == 0)
                throw new InvalidOperationException("no answer");
            var answer = answers[Math.Min(Calls++, answers.Length - 1)];
            return Task.FromResult(new HealthCheckResult(answer, answer.ToString()));
        }
    }
}
