namespace LaunchStack.Agent;

/// <summary>What the agent samples, how often, and where it sends it: section <c>Agent</c>.</summary>
internal sealed class AgentOptions
{
    public const string Section = "Agent";

    /// <summary>Base address of Ingest.Api; a service name is resolved by service discovery.</summary>
    public Uri Endpoint { get; set; } = new("http://ingest-api");

    /// <summary>Time between two samples of one instance; 100 ms to 1 h.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether the machine (or container) the agent runs in is sampled.</summary>
    public bool Machine { get; set; } = true;

    /// <summary>Number of simulated instances beside it.</summary>
    public int Simulate { get; set; }

    /// <summary>Seed of the simulated instances: their identities and everything they report follow from it.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Name the machine is registered by; its host name unless given.</summary>
    public string Name { get; set; } = Environment.MachineName;

    /// <summary>Identity of the machine; kept in the state directory unless given.</summary>
    public Guid? InstanceId { get; set; }

    /// <summary>Where identity, unsent samples and dead letters are kept; the platform's local state directory unless given.</summary>
    public string? StateDirectory { get; set; }

    /// <summary>File with the bearer key, read again for every request; instead of <c>Auth:Key</c>.</summary>
    public string? KeyFile { get; set; }

    /// <summary>A path on the file system whose used bytes are reported.</summary>
    public string DiskPath { get; set; } = "/";

    /// <summary>The cgroup v2 directory to read; found by itself unless given.</summary>
    public string? CgroupPath { get; set; }

    /// <summary>Samples waiting on disk.</summary>
    public SpoolOptions Spool { get; set; } = new();

    /// <summary>How they are sent.</summary>
    public DeliveryOptions Delivery { get; set; } = new();
}
