using LaunchStack.Aggregator.Reading;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Aggregator.Tests.Reading;

public sealed class TurnsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_owner_who_has_all_his_turns_is_told_to_come_again_and_others_are_not()
    {
        using var turns = new Turns("reads", 2, 3, Patience);
        var (greedy, other) = (Guid.NewGuid(), Guid.NewGuid());
        using var first = await turns.TakeAsync(greedy, Token);
        using var second = await turns.TakeAsync(greedy, Token);

        var busy = await Assert.ThrowsAsync<TooManyRequestsException>(() => turns.TakeAsync(greedy, Token));
        Assert.StartsWith("2 reads of this owner are running already: send fewer at a time, and this one again", busy.Message, StringComparison.Ordinal);
        Assert.Equal(Patience, busy.RetryAfter);
        using (await turns.TakeAsync(other, Token))
            Assert.StartsWith("3 reads are running already", (await Assert.ThrowsAsync<TooManyRequestsException>(() => turns.TakeAsync(other, Token))).Message, StringComparison.Ordinal);

        second.Dispose();
        second.Dispose();
        using var next = await turns.TakeAsync(greedy, Token);
        await Assert.ThrowsAsync<TooManyRequestsException>(() => turns.TakeAsync(greedy, Token));
    }

    [Fact]
    public async Task Whoever_waits_has_the_next_turn_and_a_queue_has_an_end()
    {
        using var turns = new Turns("reads", 1, 1, TimeSpan.FromMinutes(1));
        var owner = Guid.NewGuid();
        var turn = await turns.TakeAsync(owner, Token);
        using var gone = new CancellationTokenSource();
        var leaving = turns.TakeAsync(owner, gone.Token);
        var waiting = Enumerable.Range(0, 31).Select(_ => turns.TakeAsync(owner, Token)).ToList();

        await Assert.ThrowsAsync<TooManyRequestsException>(() => turns.TakeAsync(owner, Token));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        waiting.Add(turns.TakeAsync(owner, Token));
        turn.Dispose();
        foreach (var next in waiting)
            (await next).Dispose();
    }
}
