using LaunchStack.Usage.Outbox;
using Microsoft.Extensions.Time.Testing;

namespace LaunchStack.Usage.Tests.Outbox;

public sealed class OutboxSignalTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_while_nobody_waits_fold_into_one()
    {
        var signal = new OutboxSignal(_time);
        for (var i = 0; i < 5; i++)
            signal.Notify();
        await signal.WaitAsync(TimeSpan.FromDays(1), Token);

        var second = signal.WaitAsync(TimeSpan.FromDays(1), Token);
        Assert.False(second.IsCompleted);
        signal.Notify();
        await second;
    }

    [Fact]
    public async Task Without_a_call_the_wait_ends_by_itself_and_a_stop_is_heard()
    {
        var signal = new OutboxSignal(_time);
        var wait = signal.WaitAsync(TimeSpan.FromSeconds(5), Token);
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(wait.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await wait;

        using var stop = new CancellationTokenSource();
        var stopped = signal.WaitAsync(TimeSpan.FromDays(1), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
    }
}
