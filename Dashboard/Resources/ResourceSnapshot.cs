namespace LaunchStack.Dashboard.Resources;

/// <summary>A resource as the AppHost tells it, one version.</summary>
public sealed record ResourceSnapshot
{
    public required string Name { get; init; }
    public string Type { get; init; } = "";
    public string? Parent { get; init; }
    public string State { get; init; } = "Unknown";
    public string? Reason { get; init; }
    public string? Health { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? StoppedAt { get; init; }
    public int? Pid { get; init; }
    public int? Restarts { get; init; }
    public int? ExitCode { get; init; }
    public IReadOnlyList<ResourceUrl>? Urls { get; init; }
    public IReadOnlyList<ResourceVariable>? Environment { get; init; }
    public IReadOnlyList<ResourceWait>? WaitsFor { get; init; }
    public IReadOnlyList<ResourceCommand>? Commands { get; init; }
    public long? Version { get; init; }
}

/// <summary>An address of a resource.</summary>
public sealed record ResourceUrl(string? Name, string Url);

/// <summary>An environment variable; a secret is shown on demand only.</summary>
public sealed record ResourceVariable(string Name, string? Value, bool Secret);

/// <summary>Whom a resource waits for, and until what.</summary>
public sealed record ResourceWait(string Name, string? Until);

/// <summary>Something one can have done to a resource.</summary>
public sealed record ResourceCommand(string Name, string? DisplayName, string? Description, string? Confirmation, bool Enabled = true, bool Highlighted = false);

/// <summary>How a command ended.</summary>
public sealed record CommandResult(bool Success, string? Message);

/// <summary>A line a resource printed.</summary>
public sealed record ConsoleLine(long Line, string? Stream, DateTimeOffset? At, string Text);
