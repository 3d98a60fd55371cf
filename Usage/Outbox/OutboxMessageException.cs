namespace LaunchStack.Usage.Outbox;

/// <summary>A row that can never be published; it is set aside so that those behind it are not held up.</summary>
internal sealed class OutboxMessageException(string message, Exception? cause = null) : Exception(message, cause);
