namespace Aspire.Hosting.ApplicationModel;

/// <summary>What a command is run with.</summary>
public sealed class ExecuteCommandContext
{
    /// <summary>Services of the AppHost.</summary>
    public required IServiceProvider ServiceProvider { get; init; }

    /// <summary>The resource; with replicas, the replica.</summary>
    public required string ResourceName { get; init; }

    /// <summary>Cancelled when the one who asked has left, and when the application stops.</summary>
    public required CancellationToken CancellationToken { get; init; }
}
