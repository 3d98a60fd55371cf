namespace LaunchStack.Usage.Database;

/// <summary>The database has no sample table; the message says what to run.</summary>
public sealed class MissingSchemaException(string message) : Exception(message);
