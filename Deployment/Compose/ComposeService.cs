namespace LaunchStack.Deployment.Compose;

/// <summary>A service of compose.yaml.</summary>
internal sealed record ComposeService
{
    public required string Image { get; init; }

    public ComposeBuild? Build { get; init; }

    public string? PullPolicy { get; init; }

    public string? Hostname { get; init; }

    public required string Restart { get; init; }

    public IReadOnlyList<string> Command { get; init; } = [];

    public IReadOnlyDictionary<string, ComposeDependency> DependsOn { get; init; } = new Dictionary<string, ComposeDependency>();

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> Ports { get; init; } = [];

    public IReadOnlyList<string> Volumes { get; init; } = [];

    public IReadOnlyList<string> Networks { get; init; } = [];

    public ComposeHealthCheck? Healthcheck { get; init; }

    public required ComposeDeploy Deploy { get; init; }

    public string? StopGracePeriod { get; init; }

    public string? ShmSize { get; init; }

    public bool? ReadOnly { get; init; }

    public IReadOnlyList<string> Tmpfs { get; init; } = [];

    public IReadOnlyList<string> CapDrop { get; init; } = [];

    public IReadOnlyList<string> CapAdd { get; init; } = [];

    public IReadOnlyList<string> SecurityOpt { get; init; } = ["no-new-privileges:true"];

    public ComposeLogging Logging { get; init; } = new();
}
