using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Usage.Tests.Writing;

public sealed class WriteQueueTests
{
    private readonly WriteQueue _queue = new(maxRows: 2000, maxBytes: 1 << 20, maxLoops: 2);

    [Fact]
    public void A_free_loop_takes_all_that_waits_and_ends_when_nothing_does()
    {
        Assert.True(Add(10));
        Assert.False(Add(10));
        Assert.Equal(2, _queue.TakeOrLeave(1000).Count);
        Assert.False(Add(5));
        Assert.Single(_queue.TakeOrLeave(1000));
        Assert.Empty(_queue.TakeOrLeave(1000));
        Assert.True(Add(1));
    }

    [Fact]
    public void Another_loop_starts_for_many_rows_only_and_leaves_few_to_the_first()
    {
        Assert.True(Add(400));
        Assert.False(Add(50));
        Assert.True(Add(100));
        Assert.False(Add(600)); // two are the most
        Assert.Equal(4, _queue.TakeOrLeave(20_000).Count);
        Assert.False(Add(10));
        Assert.Empty(_queue.TakeOrLeave(20_000));
        Assert.Single(_queue.TakeOrLeave(20_000));
    }

    [Fact]
    public void A_commit_takes_whole_requests_up_to_its_limit_but_at_least_one()
    {
        var queue = new WriteQueue(maxRows: 2000, maxBytes: 1 << 20, maxLoops: 1);
        foreach (var rows in new[] { 700, 200, 200 })
            Assert.True(queue.TryAdd(Write(rows, ConflictMode.Skip), out _));
        Assert.Equal([700, 200], queue.TakeOrLeave(1000).Select(w => w.Rows));
        Assert.Equal([200], queue.TakeOrLeave(100).Select(w => w.Rows));
    }

    [Fact]
    public void Requests_that_merge_share_no_commit_with_those_that_do_not()
    {
        Add(1);
        Add(1, ConflictMode.Merge);
        Add(1, ConflictMode.Merge);
        Assert.Single(_queue.TakeOrLeave(1000));
        Assert.Equal(2, _queue.TakeOrLeave(1000).Count);
    }

    [Fact]
    public void A_full_queue_refuses_and_an_empty_one_takes_even_what_is_larger()
    {
        Assert.True(TryAdd(5000));
        Assert.True(_queue.IsFull);
        Assert.False(TryAdd(1));
        Assert.Single(_queue.TakeAll());
        Assert.False(_queue.IsFull);
        Assert.Equal((0, 0L), (_queue.Rows, _queue.Bytes));
    }

    [Fact]
    public async Task A_closed_queue_takes_nothing_and_is_drained_when_its_loops_have_left()
    {
        Add(10);
        var drained = _queue.CloseAsync();
        Assert.False(TryAdd(1));
        Assert.Single(_queue.TakeOrLeave(1000));
        Assert.False(drained.IsCompleted);
        Assert.Empty(_queue.TakeOrLeave(1000));
        await drained;
    }

    /// <summary>Whether a loop has to be started.</summary>
    private bool Add(int rows, ConflictMode conflict = ConflictMode.Skip)
    {
        Assert.True(_queue.TryAdd(Write(rows, conflict), out var startLoop));
        return startLoop;
    }

    private bool TryAdd(int rows) => _queue.TryAdd(Write(rows, ConflictMode.Skip), out _);

    private static PendingWrite Write(int rows, ConflictMode conflict)
    {
        var batch = new UsageBatch(SampleWindow.Unbounded, conflict);
        for (var i = 0; i < rows; i++)
            batch.Add(i, Guid.Empty, i, default);
        return new(batch, null);
    }
}
