namespace LaunchStack.Usage.Samples;

/// <summary>What a sample measures. The order of their columns everywhere is that of this list; what each one is stands in <see cref="Measures"/>.</summary>
public enum Measure
{
    /// <summary>Percent of one core.</summary>
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
