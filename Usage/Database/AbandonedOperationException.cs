namespace LaunchStack.Usage.Database;

/// <summary>Work that was cancelled and goes on nevertheless: whatever it reads must not be used again.</summary>
internal sealed class AbandonedOperationException() : TimeoutException("The database did not answer, and the wait for it could not be ended.");
