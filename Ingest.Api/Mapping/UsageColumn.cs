namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>A column of <c>resource_usage</c> that a series can fill.</summary>
internal enum UsageColumn
{
    /// <summary>The rule's series are known and not wanted; they are not reported as unmapped.</summary>
    Ignore,

    /// <summary>Percent of one core.</summary>
    CpuUsage,

    /// <summary>Bytes.</summary>
    MemoryUsage,

    /// <summary>Bytes; values that mean "no limit" leave it empty.</summary>
    MemoryLimit,

    /// <summary>Bytes.</summary>
    DiskUsage,

    /// <summary>Bytes received, a counter.</summary>
    NetworkIn,

    /// <summary>Bytes sent, a counter.</summary>
    NetworkOut,
}
