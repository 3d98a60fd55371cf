using System.ComponentModel.DataAnnotations;

namespace LaunchStack.Aggregator.Policies;

/// <summary>Section <c>Policies</c>; for databases without background workers, or whose workers fail.</summary>
public sealed class PolicyOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Policies";

    /// <summary>How often due policies are looked for.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Pause between two steps, in which other clients have the session.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan StepDelay { get; set; } = TimeSpan.FromMilliseconds(500);
}
