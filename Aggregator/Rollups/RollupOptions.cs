using System.ComponentModel.DataAnnotations;

namespace LaunchStack.Aggregator.Rollups;

/// <summary>Section <c>Rollups</c>.</summary>
public sealed class RollupOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Rollups";

    /// <summary>Events that arrive within this time of the first share a refresh.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan Debounce { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a finished bucket waits before it is materialized. Samples that arrive later than this are hidden from the rollup until
    /// the next refresh; earlier ones never are.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Settle { get; set; } = TimeSpan.FromMinutes(1);
}
