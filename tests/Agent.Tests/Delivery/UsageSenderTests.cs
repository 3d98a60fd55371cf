using System.Text;
using LaunchStack.Agent.Delivery;
using LaunchStack.Agent.Sampling;
using LaunchStack.Agent.Tests.Support;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.Tests.Delivery;

public class UsageSenderTests
{
    [Fact]
    public async Task Samples_arrive_in_order_and_leave_the_spool()
    {
        await using var bench = await DeliveryBench.StartAsync(options => options.Delivery.BatchSize = 10);
        bench.Spooled(25);

        while (bench.Spool.Waiting > 0)
            Assert.Null(await bench.SendAsync());

        Assert.Equal(Enumerable.Range(0, 25).Select(n => (long)n), bench.Arrived());
        Assert.Equal([10, 10, 5], bench.Server.PostSizes);
        Assert.Equal(25, bench.Metrics.Totals.Sent);
    }

    [Fact]
    public async Task Fields_arrive_by_their_names_on_the_wire()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Spooled(1);
        await bench.SendAsync();

        Assert.Equal(
            """{"instance_id":"5b0c0000-0000-4000-8000-000000000001","timestamp":"2026-11-23T10:00:00Z","cpu_usage":1.5,"memory_usage":10,"memory_limit":100,"disk_usage":0}""",
            Assert.Single(bench.Server.Samples).GetRawText());
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(0)]
    public async Task Samples_stay_in_the_spool_while_the_api_is_unavailable(int status)
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Spooled(3);
        bench.Server.Posts.Enqueue(new(status, RetryAfter: 7));

        var unavailable = Assert.IsType<IngestAnswer.Unavailable>(await bench.SendAsync());

        Assert.Equal(status == 0 ? null : TimeSpan.FromSeconds(7), unavailable.RetryAfter);
        Assert.Equal(3, bench.Spool.Waiting);
        Assert.Null(await bench.SendAsync());
        Assert.Equal([0L, 1, 2], bench.Arrived());
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(415)]
    [InlineData(302)]
    public async Task Samples_stay_in_the_spool_while_the_agent_is_misconfigured(int status)
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Spooled(2);
        bench.Server.Posts.Enqueue(new(status));

        Assert.IsAssignableFrom<IngestAnswer.Misconfigured>(await bench.SendAsync());
        Assert.Equal(2, bench.Spool.Waiting);
        Assert.Empty(bench.DeadLines());
    }

    [Fact]
    public async Task A_success_without_a_receipt_forgets_nothing()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Spooled(2);
        bench.Server.Posts.Enqueue(new(200, Body: "<html>sign in</html>"));

        Assert.IsType<IngestAnswer.Misconfigured>(await bench.SendAsync());
        Assert.Equal(2, bench.Spool.Waiting);
    }

    [Fact]
    public async Task A_proxys_own_page_of_400_makes_no_dead_letters()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Spooled(2);
        bench.Server.Posts.Enqueue(new(400, Body: "<html>plain HTTP sent to an HTTPS port</html>"));

        Assert.IsType<IngestAnswer.Misconfigured>(await bench.SendAsync());
        Assert.Equal([2], bench.Server.PostSizes);
        Assert.Empty(bench.DeadLines());
        Assert.Equal(2, bench.Spool.Waiting);
    }

    [Fact]
    public async Task A_proxys_limit_on_sizes_halves_requests_and_condemns_no_sample()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Spooled(2);
        bench.Server.Posts.Enqueue(new(413, Body: "<html>too large</html>"));
        bench.Server.Posts.Enqueue(new(413, Body: "<html>too large</html>"));

        Assert.IsType<IngestAnswer.Misconfigured>(await bench.SendAsync());
        Assert.Equal([2, 1], bench.Server.PostSizes);
        Assert.Empty(bench.DeadLines());
        Assert.Equal(2, bench.Spool.Waiting);
    }

    [Fact]
    public async Task A_key_that_may_not_register_by_name_leaves_it_to_the_first_sample()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Server.RegistersByPosting = true;
        bench.Server.Registrations.Enqueue(new(403, Detail: "the key lacks the scope admin"));
        bench.Spooled(2);

        Assert.Null(await bench.SendAsync());

        Assert.Equal([0L, 1], bench.Arrived());
        Assert.Contains(bench.Log.Lines, line => line.Event == "InstanceForbidden" && line.Text.Contains("lacks the scope admin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_that_registers_nothing_is_a_persons_to_change_and_costs_no_sample()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Server.Registrations.Enqueue(new(403));
        bench.Server.Registrations.Enqueue(new(403));
        bench.Spooled(2);

        var obstacle = Assert.IsType<IngestAnswer.Misconfigured>(await bench.SendAsync());

        Assert.Contains("registers_instances", obstacle.Reason, StringComparison.Ordinal);
        Assert.Equal(2, bench.Spool.Waiting);
        Assert.Empty(bench.DeadLines());
    }

    [Fact]
    public async Task An_instance_said_to_be_registered_and_yet_unknown_is_tried_again()
    {
        await using var bench = await DeliveryBench.StartAsync();
        // A proxy answers in the server's place: registered nowhere.
        bench.Server.Registrations.Enqueue(new(201));
        bench.Server.Registrations.Enqueue(new(201));
        bench.Spooled(2);

        Assert.IsType<IngestAnswer.Unavailable>(await bench.SendAsync());
        Assert.Equal(2, bench.Spool.Waiting);
        Assert.Null(await bench.SendAsync());
        Assert.Equal([0L, 1], bench.Arrived());
        Assert.Empty(bench.DeadLines());
    }

    [Fact]
    public async Task Records_that_are_no_samples_become_dead_letters_once_and_keep_nobody_waiting()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Spooled(1);
        bench.Spool.Append([new byte[3], Encoding.UTF8.GetBytes("0123456789abcdef{\"cut\":"), Encoding.UTF8.GetBytes("0123456789abcdef[1]")]);
        bench.Spooled(1, first: 1);
        bench.Server.Posts.Enqueue(new(503));

        while (bench.Spool.Waiting > 0)
            await bench.SendAsync();

        Assert.Equal([0L, 1], bench.Arrived());
        Assert.Equal(3, bench.DeadLines().Length);
        Assert.All(bench.DeadLines(), line => Assert.Contains("\"code\":\"not_a_sample\"", line, StringComparison.Ordinal));
        Assert.Contains("\"sample\":\"AAAA\"", bench.DeadLines()[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dead_letters_that_cannot_be_written_keep_nobody_waiting_and_are_counted_as_lost()
    {
        await using var bench = await DeliveryBench.StartAsync();
        File.CreateSymbolicLink(bench.DeadLetters.Path, "/dev/full");
        bench.Spooled(3);
        bench.Server.Reject = sample => sample.GetProperty("disk_usage").GetInt64() == 1 ? "out_of_range" : null;

        Assert.Null(await bench.SendAsync());

        Assert.Equal([0L, 2], bench.Arrived());
        Assert.Equal(0, bench.Spool.Waiting);
        Assert.Equal((2, 0), bench.Metrics.Totals);
        Assert.Contains(bench.Log.Lines, line => line is { Level: LogLevel.Error, Event: "SamplesLost" } && line.Text.StartsWith("1 samples", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_poisonous_sample_becomes_a_dead_letter_alone()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Spooled(20);
        bench.Server.IsPoison = sample => sample.GetProperty("disk_usage").GetInt64() == 13;

        Assert.Null(await bench.SendAsync());

        Assert.Equal(Enumerable.Range(0, 20).Where(n => n != 13).Select(n => (long)n), bench.Arrived());
        var line = Assert.Single(bench.DeadLines());
        Assert.Contains("\"code\":\"http_400\"", line, StringComparison.Ordinal);
        Assert.Contains("\"disk_usage\":13", line, StringComparison.Ordinal);
        Assert.Contains(bench.Log.Lines, entry => entry is { Level: LogLevel.Warning, Event: "SamplesRejected" } && entry.Text.Contains("poison", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_settled_before_a_failure_is_not_sent_again()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Spooled(4);
        bench.Server.Posts.Enqueue(new(400));
        bench.Server.Posts.Enqueue(new(400));
        bench.Server.Posts.Enqueue(new(400));
        bench.Server.Posts.Enqueue(new(503));

        Assert.IsType<IngestAnswer.Unavailable>(await bench.SendAsync());
        Assert.Equal(3, bench.Spool.Waiting);
        Assert.Null(await bench.SendAsync());

        Assert.Equal([1L, 2, 3], bench.Arrived());
        Assert.Single(bench.DeadLines());
    }

    [Fact]
    public async Task A_request_that_is_too_large_is_sent_in_parts()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Server.MaxSamples = 3;
        bench.Spooled(10);

        Assert.Null(await bench.SendAsync());

        Assert.Equal(Enumerable.Range(0, 10).Select(n => (long)n), bench.Arrived());
        Assert.Empty(bench.DeadLines());
    }

    [Fact]
    public async Task Rejected_samples_are_logged_by_code_and_become_dead_letters()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Spooled(6);
        bench.Server.Reject = sample => sample.GetProperty("disk_usage").GetInt64() switch
        {
            1 or 2 => "timestamp_ahead",
            4 => "out_of_range",
            _ => null,
        };

        Assert.Null(await bench.SendAsync());

        Assert.Equal([0L, 3, 5], bench.Arrived());
        Assert.Equal(3, bench.DeadLines().Length);
        Assert.Contains(bench.Log.Lines, line => line.Event == "SamplesRejected" && line.Text.StartsWith("2 samples rejected as timestamp_ahead", StringComparison.Ordinal));
        Assert.Contains(bench.Log.Lines, line => line.Event == "SamplesRejected" && line.Text.StartsWith("1 samples rejected as out_of_range", StringComparison.Ordinal));
        Assert.Equal((3, 3), bench.Metrics.Totals);
    }

    [Fact]
    public async Task A_batch_rejected_whole_is_not_halved()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Spooled(5);
        bench.Server.Reject = _ => "timestamp_too_old";

        Assert.Null(await bench.SendAsync());

        Assert.Equal([5], bench.Server.PostSizes);
        Assert.Equal(5, bench.DeadLines().Length);
        Assert.Equal(0, bench.Spool.Waiting);
    }

    [Fact]
    public async Task Instances_are_registered_by_name_before_their_samples_are_sent()
    {
        await using var bench = await DeliveryBench.StartAsync();
        var simulated = new SimulatedInstance(1, 0);
        bench.Spooled(1, simulated.InstanceId);
        bench.Spooled(1);

        Assert.Null(await bench.SendAsync());

        Assert.Equal("simulated-0000", bench.Server.Registered[simulated.InstanceId]);
        Assert.Equal("instance-5b0c0000", bench.Server.Registered[DeliveryBench.Instance]);
        Assert.Equal([2], bench.Server.PostSizes);
    }

    [Fact]
    public async Task Nothing_is_sent_while_registration_fails()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Spooled(1);
        bench.Server.Registrations.Enqueue(new(503, RetryAfter: 2));

        var unavailable = Assert.IsType<IngestAnswer.Unavailable>(await bench.SendAsync());

        Assert.Equal(TimeSpan.FromSeconds(2), unavailable.RetryAfter);
        Assert.Empty(bench.Server.PostSizes);
        Assert.Null(await bench.SendAsync());
        Assert.Single(bench.Server.Samples);
    }

    [Fact]
    public async Task An_instance_the_api_has_forgotten_is_registered_again_and_its_samples_resent()
    {
        await using var bench = await DeliveryBench.StartAsync();
        var other = Guid.NewGuid();
        bench.Spooled(1);
        bench.Spooled(1, other, first: 1);
        await bench.SendAsync();
        bench.Server.Registered.TryRemove(other, out _);
        bench.Spooled(2, first: 2);
        bench.Spooled(2, other, first: 4);

        Assert.Null(await bench.SendAsync());

        Assert.Equal([0L, 1, 2, 3, 4, 5], bench.Arrived());
        Assert.Equal([2, 4, 2], bench.Server.PostSizes);
        Assert.Empty(bench.DeadLines());
        Assert.Equal(6, bench.Metrics.Totals.Sent);
    }

    [Fact]
    public async Task Samples_of_an_instance_that_cannot_be_registered_become_dead_letters()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.Spooled(2);
        bench.Server.Registrations.Enqueue(new(422, Detail: "no such name"));
        bench.Server.Registrations.Enqueue(new(422, Detail: "no such name"));

        Assert.Null(await bench.SendAsync());

        Assert.Equal(2, bench.DeadLines().Length);
        Assert.All(bench.DeadLines(), line => Assert.Contains("unknown_instance", line, StringComparison.Ordinal));
        Assert.Equal(0, bench.Spool.Waiting);
    }
}
