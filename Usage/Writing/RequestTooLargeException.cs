namespace LaunchStack.Usage.Writing;

/// <summary>A request asks for more than one may; nothing of it was kept, and a smaller one passes.</summary>
public sealed class RequestTooLargeException(string message) : Exception(message);
