namespace LaunchStack.Migrator.Session;

/// <summary>What the migrator tells its caller.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;

    /// <summary>Refused, or the two sides do not match.</summary>
    public const int Refused = 3;
}
