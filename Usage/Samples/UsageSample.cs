namespace LaunchStack.Usage.Samples;

/// <summary>One measurement of one instance; (instance, timestamp) is its identity.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Timestamp">When it was measured, UTC.</param>
/// <param name="Values">What was measured.</param>
public readonly record struct UsageSample(Guid InstanceId, DateTimeOffset Timestamp, SampleValues Values)
{
    /// <summary>By its measures, in the order of their columns.</summary>
    public UsageSample(
        Guid instanceId, DateTimeOffset timestamp, double? cpuUsage, long? memoryUsage, long? memoryLimit, long? diskUsage, long? networkIn, long? networkOut)
        : this(instanceId, timestamp, new()
        {
            CpuUsage = cpuUsage, MemoryUsage = memoryUsage, MemoryLimit = memoryLimit, DiskUsage = diskUsage, NetworkIn = networkIn, NetworkOut = networkOut,
        })
    {
    }

    /// <inheritdoc cref="SampleValues.CpuUsage"/>
    public double? CpuUsage => Values.CpuUsage;

    /// <inheritdoc cref="SampleValues.MemoryUsage"/>
    public long? MemoryUsage => Values.MemoryUsage;

    /// <inheritdoc cref="SampleValues.MemoryLimit"/>
    public long? MemoryLimit => Values.MemoryLimit;

    /// <inheritdoc cref="SampleValues.DiskUsage"/>
    public long? DiskUsage => Values.DiskUsage;

    /// <inheritdoc cref="SampleValues.NetworkIn"/>
    public long? NetworkIn => Values.NetworkIn;

    /// <inheritdoc cref="SampleValues.NetworkOut"/>
    public long? NetworkOut => Values.NetworkOut;
}
