namespace LaunchStack.Deployment;

/// <summary>What the app model does not say of a resource: section <c>Deployment:{resource}</c> of the app host's configuration.</summary>
internal sealed class DeploymentSettings
{
    public const string Section = "Deployment";

    /// <summary>How many run.</summary>
    public int Replicas { get; set; } = 1;

    /// <summary>How many Kubernetes may add up to under load; none are added when null.</summary>
    public int? MaxReplicas { get; set; }

    /// <summary>Memory beyond which it is ended, in MiB.</summary>
    public int MemoryMiB { get; set; } = 512;

    /// <summary>Processor time that Kubernetes sets aside for each, in thousandths of a core.</summary>
    public int CpuMillicores { get; set; } = 250;

    /// <summary>Size of its volume in Kubernetes, in GiB.</summary>
    public int StorageGiB { get; set; } = 1;

    /// <summary>Connections that a database takes: the pools of all replicas together, with room for an operator. PostgreSQL's own default.</summary>
    public int MaxConnections { get; set; } = 100;

    /// <summary>Path of a project's volume: what it keeps from one container to the next.</summary>
    public string? Volume { get; set; }

    /// <summary>Path in its container where it keeps backups on one host (Compose), which PostgreSQL's tools then make; Kubernetes' operator makes its own.</summary>
    public string? Backups { get; set; }

    /// <summary>Port on which a project speaks gRPC; none when null.</summary>
    public int? GrpcPort { get; set; }

    /// <summary>The setting that makes it listen there, as a variable.</summary>
    public string GrpcSetting { get; set; } = "";

    /// <summary>A client stays on one replica, which remembers something of it.</summary>
    public bool Sticky { get; set; }

    /// <summary>A connection string that may be absent.</summary>
    public bool Optional { get; set; }

    /// <summary>What it is, in a sentence for whoever sets it.</summary>
    public string? Description { get; set; }
}
