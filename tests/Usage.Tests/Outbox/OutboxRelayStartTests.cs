using System.Collections.Concurrent;
using LaunchStack.Contracts;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using LaunchStack.Usage.Outbox;
using Microsoft.Extensions.Logging.Testing;
using Npgsql;

namespace LaunchStack.Usage.Tests.Outbox;

/// <summary>The relay over a database that is not yet, or never, the current schema.</summary>
public sealed class OutboxRelayStartTests : IOutboxPublisher
{
    private readonly ConcurrentQueue<object> _published = [];
    private readonly FakeLogger<OutboxRelay> _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Before_the_schema_is_there_it_waits_for_it()
    {
        await using var database = await TestTimescale.CreateAsync();
        await database.DataSource.RunAsync("""
            INSERT INTO outbox (message_type, body) VALUES
              ('UsageIngested', jsonb_build_object('batchId', gen_random_uuid(), 'rows', 1, 'first', now(), 'last', now(), 'instanceCount', 1, 'committedAt', now()));
            ALTER TABLE outbox RENAME TO outbox_later;
            ALTER TABLE resource_usage RENAME TO resource_usage_later
            """);
        using var relay = Relay(database.DataSource);
        await relay.StartAsync(Token);
        await Wait.UntilAsync(() => _log.Collector.GetSnapshot().Any(line => line.Message.StartsWith("Publishing of events waits", StringComparison.Ordinal)), "it waits");

        await database.DataSource.RunAsync("ALTER TABLE outbox_later RENAME TO outbox; ALTER TABLE resource_usage_later RENAME TO resource_usage");
        await Wait.UntilAsync(() => _published.Any(message => message is UsageIngested), "the event is published");
        await relay.StopAsync(Token);
    }

    [Fact]
    public async Task Over_the_original_schema_it_ends()
    {
        await using var database = await TestTimescale.CreateAsync(migrated: false);
        await database.DataSource.RunAsync("CREATE TABLE instances (id uuid); CREATE TABLE resource_usages (instance_id uuid, \"timestamp\" timestamptz)");
        using var relay = Relay(database.DataSource);
        await relay.StartAsync(Token);
        await relay.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    Task IOutboxPublisher.PublishAsync(object message, Guid messageId, CancellationToken cancellationToken)
    {
        _published.Enqueue(message);
        return Task.CompletedTask;
    }

    private OutboxRelay Relay(NpgsqlDataSource source)
    {
        var database = new DatabaseExecutor(source, TimeProvider.System);
        return new(new(source, database), this, new(), new(database), TimeProvider.System, _log);
    }
}
