namespace LaunchStack.Ingest.Bench;

/// <summary>One row.</summary>
internal readonly record struct BenchRow(
    Guid Instance, DateTime At, double Cpu, long Memory, long MemoryLimit, long Disk, long NetworkIn, long NetworkOut);
