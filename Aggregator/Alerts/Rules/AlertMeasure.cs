namespace LaunchStack.Aggregator.Alerts.Rules;

/// <summary>What a rule looks at.</summary>
internal enum AlertMeasure
{
    /// <summary>Percent of the instance's CPU limit; of one core where it has none.</summary>
    CpuPercentage,

    /// <summary>Percent of the sample's own memory limit.</summary>
    MemoryPercentage,

    /// <summary>Bytes.</summary>
    DiskUsage,

    /// <summary>Bytes a second.</summary>
    NetworkInRate,

    /// <summary>Bytes a second.</summary>
    NetworkOutRate,

    /// <summary>Seconds since the newest sample.</summary>
    Silence,

    /// <summary>Percent of the instances that sent samples within two spans which sent none in the second.</summary>
    PlatformSilence,
}
