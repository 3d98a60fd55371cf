namespace LaunchStack.Migrator;

/// <summary>The migrator will not do that, or the two sides do not match: exit code 3. The message says why and what to do.</summary>
public sealed class RefusedException : Exception
{
    /// <summary>With why and what to do.</summary>
    public RefusedException(string message)
        : base(message)
    {
    }

    /// <summary>With the error beneath.</summary>
    public RefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a message.</summary>
    public RefusedException()
    {
    }
}
