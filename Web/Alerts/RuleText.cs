using System.Globalization;
using LaunchStack.Web.Charts;

namespace LaunchStack.Web.Alerts;

/// <summary>A rule as people say it.</summary>
internal static class RuleText
{
    /// <summary>From the least to the worst.</summary>
    public static IReadOnlyList<string> Severities { get; } = ["info", "warning", "critical"];

    /// <summary>Such as <c>CPU above 95 % of its limit for 10 min, cleared below 85 %</c>.</summary>
    public static string Of(RuleRow rule) =>
        $"{Measure(rule.Measure)} above {Value(rule.Above, rule.Measure)}{For(rule.ForSeconds)}"
        + (rule.Below != rule.Above || rule.ClearForSeconds > 0 ? $", cleared below {Value(rule.Below, rule.Measure)}{For(rule.ClearForSeconds)}" : "")
        + (rule.SpanSeconds is { } span ? $" ({rule.Aggregate ?? "average"} of {Units.Span(TimeSpan.FromSeconds(span))})" : "");

    /// <summary>A measure's name.</summary>
    public static string Measure(string measure) => measure switch
    {
        "cpu_percentage" => "CPU",
        "memory_percentage" => "Memory",
        "disk_usage" => "Disk",
        "network_in_rate" => "Traffic in",
        "network_out_rate" => "Traffic out",
        "silence" => "Silent",
        "platform_silence" => "Instances silent",
        _ => measure.Replace('_', ' '),
    };

    /// <summary>A value in the measure's unit.</summary>
    public static string Value(decimal? value, string measure) => value is not { } number ? Units.None : measure switch
    {
        "silence" => Units.Span(TimeSpan.FromSeconds((double)number)),
        "disk_usage" => Units.Bytes((double)number),
        "network_in_rate" or "network_out_rate" => Units.Of((double)number, ChartUnit.BytesPerSecond),
        _ => number.ToString("0.##", CultureInfo.InvariantCulture) + " %",
    };

    /// <summary>How a severity is coloured.</summary>
    public static string Tone(string severity) => severity switch { "critical" => "bad", "warning" => "warn", _ => "quiet" };

    private static string For(double seconds) => seconds > 0 ? $" for {Units.Span(TimeSpan.FromSeconds(seconds))}" : "";
}
