namespace LaunchStack.Migrator.Session;

/// <summary>The migrator was started with settings that it cannot use: exit code 2. The message names the setting and gives an example.</summary>
public sealed class UsageException : Exception
{
    /// <summary>With the setting and an example.</summary>
    public UsageException(string message)
        : base(message)
    {
    }

    /// <summary>With the error beneath.</summary>
    public UsageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a message.</summary>
    public UsageException()
    {
    }
}
