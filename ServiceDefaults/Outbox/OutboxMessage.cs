namespace LaunchStack.ServiceDefaults.Outbox;

/// <summary>One row of the outbox.</summary>
internal sealed record OutboxMessage(
    long Id, Guid MessageId, string MessageType, string Body, string? TraceParent, string? TraceState, DateTimeOffset CreatedAt);
