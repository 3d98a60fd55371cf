namespace LaunchStack.Usage.History;

/// <summary>A row of any relation: one sample, or one bucket of a rollup. Sums and counts, so that pieces can be added.</summary>
internal readonly record struct PartialAggregate(
    DateTimeOffset Time,
    long SampleCount,
    double? CpuSum,
    long CpuCount,
    double? CpuMax,
    decimal? MemorySum,
    long MemoryCount,
    long? MemoryMax,
    long? MemoryLimit,
    decimal? DiskSum,
    long DiskCount,
    CounterSpan NetworkIn,
    CounterSpan NetworkOut);
