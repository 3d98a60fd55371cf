namespace LaunchStack.Migrator;

/// <summary>The schema could not be brought up to date. The message names what failed, why, and what to do.</summary>
public sealed class SchemaException : Exception
{
    /// <summary>With what failed, why, and what to do.</summary>
    public SchemaException(string message)
        : base(message)
    {
    }

    /// <summary>With the error beneath.</summary>
    public SchemaException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a message.</summary>
    public SchemaException()
    {
    }
}
