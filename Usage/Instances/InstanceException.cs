namespace LaunchStack.Usage.Instances;

/// <summary>The database refuses an instance; the message names the column.</summary>
public sealed class InstanceException(string message, Exception? cause = null) : Exception(message, cause);
