using System.Diagnostics;
using LaunchStack.Usage.Background;
using LaunchStack.Usage.History;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Usage.Outbox;

/// <summary>
/// Moves the outbox to the bus: oldest first, at least once, as many replicas as there are. It wakes on <see cref="OutboxSignal"/>
/// and, for rows that others left behind, every few seconds.
/// </summary>
/// <param name="store">The outbox.</param>
/// <param name="publisher">The bus.</param>
/// <param name="signal">Notified after commits of this process.</param>
/// <param name="reader">Tells the original schema, which has no outbox.</param>
/// <param name="time">Clock of the pauses.</param>
/// <param name="logger">One line an outage.</param>
public sealed partial class OutboxRelay(
    OutboxStore store, IOutboxPublisher publisher, OutboxSignal signal, UsageReader reader, TimeProvider time, ILogger<OutboxRelay> logger)
    : RecurringService(time, logger, reader)
{
    private const int BatchSize = 100;

    private static readonly ActivitySource Source = new("LaunchStack.Messaging");
    private static readonly TimeSpan IdlePoll = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PublishPatience = TimeSpan.FromSeconds(10);

    private readonly ILogger _logger = logger;

    /// <inheritdoc/>
    public override string Work => "Publishing of events";

    /// <inheritdoc/>
    protected override async Task<TimeSpan?> RunRoundAsync(CancellationToken stoppingToken)
    {
        while (await RelayBatchAsync(stoppingToken))
        {
        }
        await signal.WaitAsync(IdlePoll, stoppingToken);
        return TimeSpan.Zero;
    }

    /// <inheritdoc/>
    protected override bool IsOutage(Exception e) => e is EventNotPublishedException || base.IsOutage(e);

    /// <summary>True when there may be more.</summary>
    private async Task<bool> RelayBatchAsync(CancellationToken cancellationToken)
    {
        var rows = await store.ClaimAsync(BatchSize, cancellationToken);
        if (rows.Count == 0)
            return false;

        var published = new List<long>(rows.Count);
        var aside = new List<long>();
        try
        {
            foreach (var row in rows)
            {
                try
                {
                    await PublishAsync(row, cancellationToken);
                    published.Add(row.Id);
                }
                catch (OutboxMessageException e)
                {
                    Unpublishable(e.Message);
                    aside.Add(row.Id);
                }
            }
        }
        finally
        {
            // Also on the way out of a failure or a stop: what the broker has confirmed is not sent twice, the rest is free at once.
            using var limit = new CancellationTokenSource(PublishPatience, Time);
            if (published.Count > 0)
                await store.DeleteAsync(published, limit.Token);
            if (aside.Count > 0)
                await store.SetAsideAsync(aside, limit.Token);
            if (published.Count + aside.Count < rows.Count)
                await store.ReleaseAsync(rows.Select(row => row.Id).Except(published).Except(aside), limit.Token);
        }
        return rows.Count == BatchSize;
    }

    /// <summary>Within the trace that wrote the row.</summary>
    private async Task PublishAsync(OutboxMessage row, CancellationToken cancellationToken)
    {
        var message = row.Read();
        using var activity = Source.StartActivity("outbox publish", ActivityKind.Internal, row.Trace);
        activity?.SetTag("messaging.message.id", row.MessageId).SetTag("messaging.message.type", row.MessageType);
        using var patience = new CancellationTokenSource(PublishPatience, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        await publisher.PublishAsync(message, row.MessageId, either.Token);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "An event cannot be published and stays in the outbox, claimed until infinity: {Reason}")]
    private partial void Unpublishable(string reason);
}
