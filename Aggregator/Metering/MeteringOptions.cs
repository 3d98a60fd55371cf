using System.ComponentModel.DataAnnotations;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Aggregator.Metering;

/// <summary>Section <c>Metering</c>.</summary>
public sealed class MeteringOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Metering";

    /// <summary>How long after its end a month stays open for samples that come late.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "7.00:00:00")]
    public TimeSpan Grace { get; set; } = StatementNeed.DefaultGrace;

    /// <summary>
    /// How long a sample speaks for its instance at most. Null: three times the instance's usual interval of that day, at least 30 s, at
    /// most 5 min. A change counts from the next UTC day on.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan? MaxGap { get; set; }

    /// <summary>How often is looked for days, late samples and months that are due.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);
}
