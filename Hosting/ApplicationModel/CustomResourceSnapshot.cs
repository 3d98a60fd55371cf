using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The state of a resource (of one replica of it) at one moment.</summary>
public sealed record CustomResourceSnapshot
{
    /// <summary>Kind of resource, for example <c>Project</c>.</summary>
    public required string ResourceType { get; init; }

    /// <summary>One of <see cref="KnownResourceStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>Whether every health check passes; null while there is no process.</summary>
    public HealthStatus? HealthStatus => !KnownResourceStates.IsUp(State) ? null
        : State == KnownResourceStates.Healthy ? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy
        : Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy;

    /// <summary>Why it is in this state; null where the state says all.</summary>
    public string? Reason { get; init; }

    /// <summary>Counts up with every change.</summary>
    public long Version { get; init; }

    /// <summary>Process id, while there is a process.</summary>
    public int? Pid { get; init; }

    /// <summary>Exit code, once the process has ended.</summary>
    public int? ExitCode { get; init; }

    /// <summary>How often it was started again after it had died.</summary>
    public int Restarts { get; init; }

    /// <summary>When the process was started.</summary>
    public DateTimeOffset? StartTimeStamp { get; init; }

    /// <summary>When the process had ended.</summary>
    public DateTimeOffset? StopTimeStamp { get; init; }

    /// <summary>Where it listens.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [];
}

/// <summary>A change of state.</summary>
/// <param name="Resource">The resource.</param>
/// <param name="ResourceId">Its name; with replicas, the name of the replica.</param>
/// <param name="Snapshot">The state after the change.</param>
public sealed record ResourceEvent(IResource Resource, string ResourceId, CustomResourceSnapshot Snapshot);
