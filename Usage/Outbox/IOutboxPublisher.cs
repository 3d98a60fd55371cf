namespace LaunchStack.Usage.Outbox;

/// <summary>The bus, as the relay sees it.</summary>
public interface IOutboxPublisher
{
    /// <summary>Publishes and returns once the broker has confirmed.</summary>
    /// <param name="message">A record of Contracts.</param>
    /// <param name="messageId">The same in every repetition.</param>
    /// <param name="cancellationToken">Gives up; the message may have been published.</param>
    /// <exception cref="EventNotPublishedException">The broker is away, or has no queue for it.</exception>
    Task PublishAsync(object message, Guid messageId, CancellationToken cancellationToken);
}
