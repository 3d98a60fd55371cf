namespace LaunchStack.Operations.Backups;

/// <summary>A backup or a drill cannot be done; the message gives the remedy.</summary>
public sealed class BackupException(string message, Exception? cause = null) : Exception(message, cause);
