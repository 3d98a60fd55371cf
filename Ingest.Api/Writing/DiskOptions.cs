using System.ComponentModel.DataAnnotations;

namespace LaunchStack.Ingest.Api.Writing;

/// <summary>The disk of the database, where this machine has it. Section <c>Ingest:Disk</c>.</summary>
public sealed class DiskOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Ingest:Disk";

    /// <summary>A directory on the disk that the database writes to; empty: it is elsewhere, and nothing is known.</summary>
    public string Path { get; set; } = "";

    /// <summary>Bytes below which no samples are taken: a database that has filled its disk may not start again.</summary>
    [Range(0, long.MaxValue, ErrorMessage = "{0} must not be negative.")]
    public long MinFreeBytes { get; set; } = 512L << 20;
}
