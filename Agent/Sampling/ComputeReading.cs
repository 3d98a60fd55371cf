namespace LaunchStack.Agent.Sampling;

/// <summary>Processor and memory of a container or machine at one moment.</summary>
/// <param name="CpuTime">CPU time used since start, over all cores.</param>
/// <param name="MemoryUsage">Bytes that cannot be had back without loss.</param>
/// <param name="MemoryLimit">Bytes there are.</param>
internal readonly record struct ComputeReading(TimeSpan? CpuTime, long? MemoryUsage, long? MemoryLimit);
