namespace LaunchStack.Usage.Outbox;

/// <summary>The broker has not taken a message; it may later.</summary>
public sealed class EventNotPublishedException(string message, Exception cause) : Exception(message, cause);
