using System.ComponentModel.DataAnnotations;

namespace LaunchStack.Operations.Monitoring;

/// <summary>Section <c>Monitoring</c>.</summary>
public sealed class MonitoringOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Monitoring";

    /// <summary>How often the database is read. An alarm is to be seen within a minute: two readings and the longest hold of a rule.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:30")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A directory on the database's disk, where this service sees that disk. Empty: it does not.</summary>
    public string DiskPath { get; set; } = "";

    /// <summary>Size of the database's disk where it cannot be seen from here; with it, free space is this less the database and its log.</summary>
    [Range(0, long.MaxValue, ErrorMessage = "{0} must not be negative.")]
    public long DiskBytes { get; set; }

    /// <summary>Memory of the database's machine. 0: of this machine where <see cref="DiskPath"/> is set, else the server's <c>effective_cache_size</c>.</summary>
    [Range(0, long.MaxValue, ErrorMessage = "{0} must not be negative.")]
    public long MemoryBytes { get; set; }
}
