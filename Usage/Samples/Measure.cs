namespace LaunchStack.Usage.Samples;

/// <summary>What a sample measures. Names, columns and their order everywhere follow from this list (<see cref="Measures"/>).</summary>
public enum Measure
{
    /// <summary>Percent of one core, a double; all others are whole numbers.</summary>
    CpuUsage,

    /// <summary>Bytes.</summary>
    MemoryUsage,

    /// <summary>Bytes.</summary>
    MemoryLimit,

    /// <summary>Bytes.</summary>
    DiskUsage,

    /// <summary>Bytes received since the container started: a counter.</summary>
    NetworkIn,

    /// <summary>Bytes sent since the container started: a counter.</summary>
    NetworkOut,
}
