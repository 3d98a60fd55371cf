namespace LaunchStack.Usage.Samples;

/// <summary>Which measures of a sample are there; a missing bit is a null.</summary>
[Flags]
public enum MeasureSet : byte
{
    /// <summary>All null.</summary>
    None = 0,

    /// <summary><c>cpu_usage</c>.</summary>
    Cpu = 1,

    /// <summary><c>memory_usage</c>.</summary>
    Memory = 2,

    /// <summary><c>memory_limit</c>.</summary>
    MemoryLimit = 4,

    /// <summary><c>disk_usage</c>.</summary>
    Disk = 8,

    /// <summary><c>network_in</c>.</summary>
    NetworkIn = 16,

    /// <summary><c>network_out</c>.</summary>
    NetworkOut = 32,
}
