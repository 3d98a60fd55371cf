namespace LaunchStack.Aggregator.Messaging;

/// <summary>Messages of a queue that could not be handled.</summary>
/// <param name="Queue">The queue that they came from.</param>
/// <param name="Messages">How many wait, or were put back.</param>
public sealed record QueuedErrors(string Queue, long Messages);
