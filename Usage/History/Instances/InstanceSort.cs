namespace LaunchStack.Usage.History;

/// <summary>What a list of instances can be sorted by. Measures are those of the newest sample.</summary>
public enum InstanceSort
{
    /// <summary>The identity.</summary>
    Id,

    /// <summary>The name, whatever its case.</summary>
    Name,

    /// <summary>When it last sent something; where that is not known, the time of its newest sample.</summary>
    LastSeen,

    /// <summary>Percent of one core.</summary>
    CpuUsage,

    /// <summary>Bytes.</summary>
    MemoryUsage,

    /// <summary>Percent of the limit.</summary>
    MemoryPercentage,

    /// <summary>Bytes.</summary>
    DiskUsage,
}
