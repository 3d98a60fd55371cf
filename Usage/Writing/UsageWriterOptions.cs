using System.ComponentModel.DataAnnotations;

namespace LaunchStack.Usage.Writing;

/// <summary>How samples are queued and committed. Section <c>Ingest</c>.</summary>
public sealed class UsageWriterOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Ingest";

    /// <summary>Rows that may wait for a commit; beyond it requests are told to come again.</summary>
    [Range(1, 10_000_000)]
    public int MaxQueuedRows { get; set; } = 100_000;

    /// <summary>Commits that may overlap: while one waits for the disk, the next is on its way.</summary>
    [Range(1, 32)]
    public int Writers { get; set; } = 4;
}
