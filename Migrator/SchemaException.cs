namespace LaunchStack.Migrator;

/// <summary>The schema could not be brought up to date. The message names what failed, why, and what to do.</summary>
public sealed class SchemaException(string message, Exception? cause = null) : Exception(message, cause);
