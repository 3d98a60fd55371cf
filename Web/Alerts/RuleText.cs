using System.Globalization;
using LaunchStack.Web.Charts;

namespace LaunchStack.Web.Alerts;

/// <summary>A rule as people say it.</summary>
internal static class RuleText
{
    /// <summary>From the least to the worst.</summary>
    public static IReadOnlyList<string> Severities { get; } = ["info", "warning", "critical"];

    /// <summary>What rules look at, the unit of their limits, and the chart that shows it; null: silence, which all of them show.</summary>
    public static IReadOnlyList<(string Measure, string Name, string Unit, string? Panel)> Measures { get; } =
    [
        ("cpu_percentage", "CPU", "% of its limit", "cpu"), ("memory_percentage", "Memory", "% of its limit", "memory"), ("disk_usage", "Disk", "bytes", "disk"),
        ("network_in_rate", "Traffic in", "bytes a second", "rate"), ("network_out_rate", "Traffic out", "bytes a second", "rate"),
        ("silence", "Silent", "seconds", null), ("platform_silence", "Instances silent", "% at once", null),
    ];

    /// <summary>Such as <c>CPU above 95 % of its limit for 10 min, cleared below 85 %</c>.</summary>
    public static string Of(RuleRow rule) =>
        $"{Known(rule.Measure).Name ?? rule.Measure.Replace('_', ' ')} above {Value(rule.Above, rule.Measure)}{For(rule.ForSeconds)}"
        + (rule.Below != rule.Above || rule.ClearForSeconds > 0 ? $", cleared below {Value(rule.Below, rule.Measure)}{For(rule.ClearForSeconds)}" : "")
        + (rule.SpanSeconds is { } span ? $" ({rule.Aggregate ?? "average"} of {Units.Span(TimeSpan.FromSeconds(span))})" : "");

    /// <summary>A value in the measure's unit.</summary>
    public static string Value(decimal? value, string measure) => value is not { } number ? Units.None : Known(measure).Unit switch
    {
        "seconds" => Units.Span(TimeSpan.FromSeconds((double)number)),
        "bytes" => Units.Bytes((double)number),
        "bytes a second" => Units.Of((double)number, ChartUnit.BytesPerSecond),
        _ => number.ToString("0.##", CultureInfo.InvariantCulture) + " %",
    };

    /// <summary>How a severity is coloured.</summary>
    public static string Tone(string severity) => severity switch { "critical" => "bad", "warning" => "warn", _ => "quiet" };

    /// <summary>A measure; without a name, one that this version does not know.</summary>
    public static (string Measure, string? Name, string? Unit, string? Panel) Known(string measure) => Measures.FirstOrDefault(known => known.Measure == measure);

    private static string For(double seconds) => seconds > 0 ? $" for {Units.Span(TimeSpan.FromSeconds(seconds))}" : "";
}
