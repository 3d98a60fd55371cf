namespace LaunchStack.Migrator.Session;

/// <summary>The migrator was started with settings that it cannot use: exit code 2. The message names the setting and gives an example.</summary>
public sealed class UsageException(string message) : Exception(message);
