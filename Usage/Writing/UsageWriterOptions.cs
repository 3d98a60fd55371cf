using System.ComponentModel.DataAnnotations;

namespace LaunchStack.Usage.Writing;

/// <summary>How samples are queued and committed. Bound from the section <c>Ingest</c>.</summary>
public sealed class UsageWriterOptions
{
    /// <summary>Older samples are rejected: retention would drop them. Taken from <c>Lifecycle:RawRetention</c>.</summary>
    public TimeSpan RawRetention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How far a client's clock may be ahead of the server's.</summary>
    public TimeSpan AllowedAhead { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Rows that may wait for a commit; beyond it requests are told to come again.</summary>
    [Range(1, 10_000_000)]
    public int MaxQueuedRows { get; set; } = 100_000;

    /// <summary>Bytes of buffers that may wait for a commit.</summary>
    [Range(1024, long.MaxValue)]
    public long MaxQueuedBytes { get; set; } = 64 << 20;

    /// <summary>A commit takes whole requests up to this many rows (one request more than that goes alone).</summary>
    [Range(1, 1_000_000)]
    public int MaxRowsPerCommit { get; set; } = 20_000;

    /// <summary>Commits that may overlap: while one waits for the disk, the next is on its way.</summary>
    [Range(1, 32)]
    public int Writers { get; set; } = 4;

    /// <summary>Longest wait for a connection. Keeps the answer of a database that is away within 2 seconds.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Longest commit of a database that is there but slow (compression of the embedded one holds its only session).</summary>
    public TimeSpan CommitTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>After a failure, requests are turned away for this long before the next one tries the database again.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a registration that was seen is taken for granted before it is looked up again.</summary>
    public TimeSpan InstanceCacheFor { get; set; } = TimeSpan.FromMinutes(1);
}
