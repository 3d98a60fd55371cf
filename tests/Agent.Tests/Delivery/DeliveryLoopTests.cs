using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests.Delivery;

public class DeliveryLoopTests
{
    [Fact]
    public async Task The_wait_the_server_asks_for_is_kept()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Server.Posts.Enqueue(new(503, RetryAfter: 7));
        bench.Spooled(3);
        await bench.Loop.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromSeconds(7), await bench.Time.NextWaitAsync());
        bench.Time.Advance(TimeSpan.FromSeconds(6.9));
        Assert.Single(bench.Server.PostSizes);
        bench.Time.Advance(TimeSpan.FromSeconds(0.1));

        await bench.Server.UntilStoredAsync(3);
    }

    [Fact]
    public async Task Waits_double_while_the_api_is_unavailable_and_start_anew_after_a_success()
    {
        await using var bench = await DeliveryBench.StartAsync();
        foreach (var _ in Enumerable.Range(0, 8))
            bench.Server.Posts.Enqueue(new(0));
        bench.Spooled(1);
        await bench.Loop.StartAsync(TestContext.Current.CancellationToken);

        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), await bench.Time.NextWaitAsync());
            bench.Time.Advance(TimeSpan.FromSeconds(seconds));
        }

        await bench.Server.UntilStoredAsync(1);
        bench.Server.Posts.Enqueue(new(0));
        bench.Spooled(1, first: 1);
        Assert.Equal(TimeSpan.FromSeconds(1), await bench.Time.NextWaitAsync());
    }

    [Fact]
    public async Task A_wrong_key_is_said_clearly_and_tried_again_slowly()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Server.Posts.Enqueue(new(401, Detail: "no valid key"));
        bench.Spooled(2);
        await bench.Loop.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromMinutes(1), await bench.Time.NextWaitAsync());
        var line = Assert.Single(bench.Log.Lines, line => line.Event == "IngestRefuses");
        Assert.Contains("check Auth:Key", line.Text, StringComparison.Ordinal);
        Assert.Contains("2 samples are kept", line.Text, StringComparison.Ordinal);

        bench.Time.Advance(TimeSpan.FromMinutes(1));
        await bench.Server.UntilStoredAsync(2);
    }

    [Fact]
    public async Task What_waited_during_an_outage_is_delivered_in_order()
    {
        await using var bench = await DeliveryBench.StartAsync(options => options.Delivery.BatchSize = 100);
        bench.Server.Posts.Enqueue(new(503));
        bench.Spooled(350);
        await bench.Loop.StartAsync(TestContext.Current.CancellationToken);
        await bench.Time.NextWaitAsync();
        bench.Spooled(150, first: 350);
        bench.Time.Advance(TimeSpan.FromSeconds(1));

        await bench.Server.UntilStoredAsync(500);
        Assert.Equal(Enumerable.Range(0, 500).Select(n => (long)n), bench.Arrived());
    }

    [Fact]
    public async Task Stopping_leaves_what_was_not_sent_in_the_spool()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Server.Posts.Enqueue(new(503));
        bench.Spooled(4);
        await bench.Loop.StartAsync(TestContext.Current.CancellationToken);
        await bench.Time.NextWaitAsync();

        await bench.Loop.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(4, bench.Spool.Waiting);
        Assert.Contains(bench.Log.Lines, line => line.Event == "DeliveryStopped" && line.Text.Contains("4 samples", StringComparison.Ordinal));
    }
}
