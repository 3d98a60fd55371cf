namespace LaunchStack.Usage.Database;

/// <summary>The database lacks a table; the message says what to run.</summary>
public sealed class MissingSchemaException(string message) : Exception(message)
{
    /// <summary>There is no such table.</summary>
    internal static MissingSchemaException Of(string table) => new($"The database has no {table} table. Run the migrator first: dotnet run --project Migrator");
}
