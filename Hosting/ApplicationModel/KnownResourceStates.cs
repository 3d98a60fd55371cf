namespace Aspire.Hosting.ApplicationModel;

/// <summary>The states of a resource.</summary>
public static class KnownResourceStates
{
    /// <summary>Waits for what it depends on.</summary>
    public static readonly string Waiting = nameof(Waiting);

    /// <summary>Its process is being started.</summary>
    public static readonly string Starting = nameof(Starting);

    /// <summary>Its process runs; a health check has not passed yet.</summary>
    public static readonly string Running = nameof(Running);

    /// <summary>Its process runs and every health check passes.</summary>
    public static readonly string Healthy = nameof(Healthy);

    /// <summary>Ran to completion with exit code 0.</summary>
    public static readonly string Finished = nameof(Finished);

    /// <summary>Did not start, ended with an error, or can never start.</summary>
    public static readonly string Failed = nameof(Failed);

    /// <summary>Stopped on request.</summary>
    public static readonly string Stopped = nameof(Stopped);

    internal static bool IsUp(string state) => state == Running || state == Healthy;

    internal static bool IsOver(string state) => state == Finished || state == Failed || state == Stopped;
}
