using System.ComponentModel.DataAnnotations;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>What a request body may cost. Section <c>Ingest:Bodies</c>.</summary>
public sealed class BodyOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Ingest:Bodies";

    /// <summary>Bytes on the wire, compressed or not. 10,000 samples of the longest form are 3 MiB.</summary>
    [Range(1024, 1L << 31)]
    public long MaxBytes { get; set; } = 8 << 20;

    /// <summary>Bytes after decompression; a gzip bomb ends here.</summary>
    [Range(1024, 1L << 33)]
    public long MaxDecompressedBytes { get; set; } = 64 << 20;

    /// <summary>
    /// Bytes that all requests together may hold at one time: bodies, and the values and samples read from them. The largest single
    /// body needs one and a half times <see cref="MaxDecompressedBytes"/> while its buffer grows; JSON and NDJSON are read in passing through 16 KiB and hold
    /// their samples only (<see cref="LaunchStack.Usage.Samples.SampleRow.Size"/> each).
    /// </summary>
    [Range(1 << 16, 1L << 36)]
    public long MaxBytesHeld { get; set; } = 128 << 20;

    /// <summary>Samples of one request: what one commit takes without making the others wait.</summary>
    [Range(1, 1_000_000)]
    public int MaxSamples { get; set; } = 10_000;
}
