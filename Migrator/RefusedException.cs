namespace LaunchStack.Migrator;

/// <summary>The migrator will not do that, or the two sides do not match: exit code 3. The message says why and what to do.</summary>
public sealed class RefusedException(string message, Exception? cause = null) : Exception(message, cause);
