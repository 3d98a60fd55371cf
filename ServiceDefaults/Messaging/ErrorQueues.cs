using MassTransit;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LaunchStack.ServiceDefaults;

/// <summary>Counts what waits in this service's error queues, and puts it back. Over a connection of its own, one caller at a time.</summary>
public sealed partial class ErrorQueues : IAsyncDisposable
{
    // Whoever asks waits for the whole of it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(1.8);

    // Confirmed together, so that thousands take seconds.
    private const int BatchSize = 200;

    private readonly ErrorQueueNames _names;
    private readonly TimeProvider _time;
    private readonly ILogger<ErrorQueues> _logger;
    private readonly ConnectionFactory _factory;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private IConnection? _connection;

    internal ErrorQueues(Uri broker, ErrorQueueNames names, TimeProvider time, ILogger<ErrorQueues> logger)
    {
        (_names, _time, _logger) = (names, time, logger);
        _factory = new()
        {
            Uri = broker,
            ClientProvidedName = "error queues",
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = Patience,
            HandshakeContinuationTimeout = Patience,
            ContinuationTimeout = Patience,
        };
    }

    /// <summary>What waits, by the queue that it came from.</summary>
    /// <exception cref="BrokerUnavailableException">The broker is away.</exception>
    public Task<IReadOnlyDictionary<string, long>> CountAsync(CancellationToken cancellationToken) => WithChannelAsync<IReadOnlyDictionary<string, long>>(
        async channel =>
        {
            var counts = new Dictionary<string, long>();
            foreach (var queue in _names.Queues)
                counts[queue] = await StepAsync(token => DeclareAsync(channel, queue, token), cancellationToken);
            return counts;
        }, cancellationToken);

    /// <summary>Puts everything that waits now back into the queue that it came from. What fails again comes back.</summary>
    /// <returns>How much, by queue.</returns>
    /// <exception cref="BrokerUnavailableException">The broker is away; what had been put back by then is.</exception>
    public Task<IReadOnlyDictionary<string, long>> RequeueAsync(CancellationToken cancellationToken) => WithChannelAsync<IReadOnlyDictionary<string, long>>(
        async channel =>
        {
            var counts = new Dictionary<string, long>();
            foreach (var queue in _names.Queues)
            {
                var waiting = await StepAsync(token => DeclareAsync(channel, queue, token), cancellationToken);
                for (counts[queue] = 0; counts[queue] < waiting;)
                {
                    var moved = await StepAsync(token => MoveAsync(channel, queue, (int)Math.Min(BatchSize, waiting - counts[queue]), token), cancellationToken);
                    if (moved == 0)
                        break;
                    counts[queue] += moved;
                }
                if (counts[queue] > 0)
                    Requeued(counts[queue], queue);
            }
            return counts;
        }, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _gate.Dispose();
        await AbandonAsync().WaitAsync(Patience, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // As the bus declares it when it has the first message for it; asking for one that is not there would be an error in the broker's log each time.
    private static async Task<long> DeclareAsync(IChannel channel, string queue, CancellationToken cancellationToken)
    {
        var errors = ErrorQueueNames.ErrorQueue(queue);
        await channel.QueueDeclareAsync(
            errors, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: cancellationToken);
        return await channel.MessageCountAsync(errors, cancellationToken);
    }

    // Acknowledged once the broker has confirmed the copies: what breaks off in between is there twice, which is harmless to every consumer.
    private static async Task<int> MoveAsync(IChannel channel, string queue, int most, CancellationToken cancellationToken)
    {
        var (copies, last) = (new List<Task>(most), 0UL);
        while (copies.Count < most && await channel.BasicGetAsync(ErrorQueueNames.ErrorQueue(queue), autoAck: false, cancellationToken) is { } message)
        {
            var properties = new BasicProperties(message.BasicProperties) { DeliveryMode = DeliveryModes.Persistent };
            // What went wrong the last time.
            foreach (var header in properties.Headers?.Keys.Where(IsOfFailure).ToList() ?? [])
                properties.Headers!.Remove(header);
            copies.Add(channel.BasicPublishAsync("", queue, mandatory: true, properties, message.Body, cancellationToken).AsTask());
            last = message.DeliveryTag;
        }
        await Task.WhenAll(copies);
        if (copies.Count > 0)
            await channel.BasicAckAsync(last, multiple: true, cancellationToken);
        return copies.Count;
    }

    private static bool IsOfFailure(string header) =>
        header.StartsWith("MT-Fault-", StringComparison.Ordinal) || header == MessageHeaders.Reason;

    private async Task<T> WithChannelAsync<T>(Func<IChannel, Task<T>> action, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        if (!await _gate.WaitAsync(Patience, cancellationToken))
            throw new BrokerUnavailableException("Another request puts messages back, or the broker does not answer it.");
        try
        {
            _connection = _connection is { IsOpen: true } open ? open : await StepAsync(token => _factory.CreateConnectionAsync(token), Left(), cancellationToken);
            var channel = await StepAsync(token => _connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), token), Left(), cancellationToken);
            var result = await action(channel);
            await StepAsync(async token => { await channel.CloseAsync(token); return true; }, cancellationToken);
            return result;
        }
        catch (Exception e) when (e is RabbitMQClientException or IOException or TimeoutException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            _ = AbandonAsync();
            throw new BrokerUnavailableException(e is TimeoutException or OperationCanceledException ? "The broker did not answer in time." : "The broker cannot be reached.", e);
        }
        finally
        {
            _gate.Release();
        }

        // Who has waited for another who waited for a broker that hangs has less left.
        TimeSpan Left() => TimeSpan.FromTicks(Math.Max(0, (Answer - _time.GetElapsedTime(started)).Ticks));
    }

    // Closing needs the broker, too: nobody waits for the whole of it.
    private Task AbandonAsync()
    {
        var connection = _connection;
        _connection = null;
        return connection is null ? Task.CompletedTask : Task.Run(() => connection.AbortAsync(), CancellationToken.None);
    }

    private Task<T> StepAsync<T>(Func<CancellationToken, Task<T>> step, CancellationToken cancellationToken) => StepAsync(step, Patience, cancellationToken);

    private async Task<T> StepAsync<T>(Func<CancellationToken, Task<T>> step, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        // Not every step of the driver hears its token at once.
        return await step(either.Token).WaitAsync(either.Token);
    }

    [LoggerMessage(1, LogLevel.Information, "{Count} messages were put back into {Queue}", EventName = "MessagesRequeued")]
    private partial void Requeued(long count, string queue);
}
