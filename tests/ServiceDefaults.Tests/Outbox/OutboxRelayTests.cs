using System.Collections.Concurrent;
using LaunchStack.Contracts;
using LaunchStack.ServiceDefaults;
using LaunchStack.Usage.Outbox;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace LaunchStack.ServiceDefaults.Tests.Outbox;

/// <summary>The relay between a real database and a real broker.</summary>
public sealed class OutboxRelayTests : IAsyncLifetime
{
    private readonly List<string> _queues = [];
    private TestTimescale _database = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestTimescale.CreateAsync();

    /// <summary>A queue outlives its service, and would take in for nobody what the next test waits for.</summary>
    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await TestRabbitMq.DeleteQueuesAsync(_queues);
    }

    [Fact]
    public async Task Rows_are_published_once_by_two_relays_and_gone_afterwards()
    {
        var received = new ConcurrentQueue<(Guid? MessageId, UsageIngested Event)>();
        await WriteAsync(250);
        var broker = await TestRabbitMq.StartAsync();
        using var first = Service(broker, received);
        using var second = Service(broker, received: null);
        await Task.WhenAll(first.StartAsync(Token), second.StartAsync(Token));
        await WriteAsync(50);
        first.Services.GetRequiredService<OutboxSignal>().Notify();

        await Wait.UntilAsync(() => received.Count >= 300, "all events arrive", TimeSpan.FromSeconds(60));
        await Wait.UntilAsync(async () => await CountAsync("true") == 0, "the outbox is empty");
        Assert.Equal(300, received.Count);
        Assert.Equal(300, received.Select(r => r.MessageId).Distinct().Count());
        await Task.WhenAll(first.StopAsync(Token), second.StopAsync(Token));
    }

    [Fact]
    public async Task Events_that_no_queue_would_take_wait_for_one()
    {
        await WriteAsync(3);
        var broker = await TestRabbitMq.StartAsync();
        using var early = Service(broker, received: null);
        await early.StartAsync(Token);
        var logs = early.Services.GetFakeLogCollector();
        await Wait.UntilAsync(() => logs.GetSnapshot().Any(r => r.Message.StartsWith("Publishing of events waits", StringComparison.Ordinal)), "the broker returns them", TimeSpan.FromSeconds(60));
        Assert.Equal(3, await CountAsync("true"));

        var received = new ConcurrentQueue<(Guid? MessageId, UsageIngested Event)>();
        using var late = Service(broker, received);
        await late.StartAsync(Token);
        await Wait.UntilAsync(() => received.Count == 3, "all events arrive", TimeSpan.FromSeconds(60));
        await Task.WhenAll(early.StopAsync(Token), late.StopAsync(Token));
    }

    [Fact]
    public async Task A_row_that_is_no_message_is_set_aside_and_holds_up_nobody()
    {
        await _database.DataSource.RunAsync("INSERT INTO outbox (message_type, body) VALUES ('Unheard', '{}'), ('UsageIngested', '[]')");
        await WriteAsync(3);
        var received = new ConcurrentQueue<(Guid? MessageId, UsageIngested Event)>();
        using var service = Service(await TestRabbitMq.StartAsync(), received);
        await service.StartAsync(Token);

        await Wait.UntilAsync(() => received.Count == 3, "the good events arrive", TimeSpan.FromSeconds(60));
        await Wait.UntilAsync(async () => await CountAsync("claimed_until = 'infinity'") == 2, "the bad ones are set aside");
        await service.StopAsync(Token);
    }

    [Fact]
    public async Task While_the_broker_is_away_the_service_starts_and_events_wait()
    {
        await WriteAsync(2);
        using var service = Service($"amqp://guest:guest@127.0.0.1:{FreePort.Take(1)[0]}", received: null);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        await service.StartAsync(limit.Token);
        Assert.Equal(2, await CountAsync("message_type = 'UsageIngested'"));
    }

    private IHost Service(string broker, ConcurrentQueue<(Guid? MessageId, UsageIngested Event)>? received)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:launchstack"] = _database.ConnectionString,
            ["ConnectionStrings:messaging"] = broker,
        });
        builder.Logging.AddFakeLogging();
        builder.AddServiceDefaults();
        builder.AddTimescale(maxPoolSize: 8);
        builder.AddMessaging(consumers: bus =>
        {
            if (received is null)
                return;
            var queue = $"test-{Guid.NewGuid():n}";
            _queues.Add(queue);
            bus.AddHandler(
                (ConsumeContext<UsageIngested> context) =>
                {
                    received.Enqueue((context.MessageId, context.Message));
                    return Task.CompletedTask;
                }).Endpoint(endpoint => endpoint.Name = queue);
        });
        builder.AddOutboxRelay();
        return builder.Build();
    }

    private Task WriteAsync(int events) => _database.DataSource.RunAsync(
        $"""
        INSERT INTO outbox (message_type, body)
        SELECT 'UsageIngested', jsonb_build_object('batchId', gen_random_uuid(), 'rows', n, 'first', now(), 'last', now(),
                                                   'instanceCount', 0, 'committedAt', now())
        FROM generate_series(1, {events}) n
        """);

    private Task<long> CountAsync(string condition) => _database.DataSource.ScalarAsync<long>($"SELECT count(*) FROM outbox WHERE {condition}");
}
