using LaunchStack.Contracts;
using LaunchStack.Usage.Outbox;
using MassTransit;
using RabbitMQ.Client.Exceptions;

namespace LaunchStack.ServiceDefaults;

/// <summary>Publishes over MassTransit.</summary>
internal sealed class OutboxPublisher(IBus bus) : IOutboxPublisher
{
    public async Task PublishAsync(object message, Guid messageId, CancellationToken cancellationToken)
    {
        try
        {
            await bus.Publish(message, message.GetType(), context =>
            {
                context.MessageId = messageId;
                // Without a bound queue the broker would take this one and drop it: the aggregator may not have started yet.
                if (message is UsageIngested && context.TryGetPayload<RabbitMqSendContext>(out var rabbit))
                    rabbit.Mandatory = true;
            }, cancellationToken);
        }
        // InvalidOperationException: the bus has not started yet.
        catch (Exception e) when (e is MassTransitException or RabbitMQClientException or TimeoutException or InvalidOperationException)
        {
            throw new EventNotPublishedException(e.Message, e);
        }
    }
}
