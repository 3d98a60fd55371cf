namespace LaunchStack.Agent;

/// <summary>Bounds of the samples waiting on disk: section <c>Agent:Spool</c>.</summary>
internal sealed class SpoolOptions
{
    /// <summary>Bytes kept before the oldest segment is dropped. 256 MiB is about a million samples: four months of one instance.</summary>
    public long MaxBytes { get; set; } = 256L << 20;

    /// <summary>Most bytes of one segment file; what is dropped at a time when the spool is full. On a small disk less.</summary>
    public int SegmentBytes { get; set; } = 1 << 20;

    /// <summary>Whether every round of samples is forced to the disk. Without it only a power failure can lose samples, never a killed process.</summary>
    public bool Fsync { get; set; } = true;
}
