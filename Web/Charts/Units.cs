using System.Globalization;

namespace LaunchStack.Web.Charts;

/// <summary>Figures as people read them. The script has the same rules for what is under the cursor.</summary>
internal static class Units
{
    public const string None = "–";

    private static readonly string[] Binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>A value in its unit.</summary>
    public static string Of(double? value, ChartUnit unit) => unit switch
    {
        ChartUnit.Percent => Percent(value),
        ChartUnit.BytesPerSecond => value is null ? None : Bytes(value) + "/s",
        _ => Bytes(value),
    };

    /// <summary>Such as <c>12.5 %</c>.</summary>
    public static string Percent(double? value) => value is { } percent ? Short(percent) + " %" : None;

    /// <summary>Such as <c>512 MiB</c>.</summary>
    public static string Bytes(double? value)
    {
        if (value is not { } bytes)
            return None;
        var unit = 0;
        for (; Math.Abs(bytes) >= 1000 && unit < Binary.Length - 1; unit++)
            bytes /= 1024;
        return unit == 0 ? $"{bytes.ToString("0", CultureInfo.InvariantCulture)} B" : $"{Short(bytes)} {Binary[unit]}";
    }

    /// <summary>Such as <c>12 s ago</c>.</summary>
    public static string Ago(TimeSpan age) => age < TimeSpan.FromSeconds(5) ? "now" : Span(age) + " ago";

    /// <summary>Such as <c>3 h 12 min</c>.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 60 } => $"{(int)span.TotalSeconds} s",
        { TotalMinutes: < 60 } => $"{(int)span.TotalMinutes} min",
        { TotalHours: < 24 } => Two((int)span.TotalHours, "h", span.Minutes, "min"),
        { TotalDays: < 14 } => Two((int)span.TotalDays, "d", span.Hours, "h"),
        _ => $"{(int)span.TotalDays} d",
    };

    /// <summary>As <see cref="Span"/>, and below a second such as <c>250 ms</c>.</summary>
    public static string Seconds(double seconds) =>
        seconds < 1 ? (seconds * 1000).ToString("0", CultureInfo.InvariantCulture) + " ms" : Span(TimeSpan.FromSeconds(seconds));

    /// <summary>A whole number with thin groups, such as <c>12 345</c>.</summary>
    public static string Count(long number) => number.ToString("#,0", Grouped);

    private static readonly NumberFormatInfo Grouped = new() { NumberGroupSeparator = "\u202f" };

    private static string Two(int large, string unit, int small, string smaller) => small == 0 ? $"{large} {unit}" : $"{large} {unit} {small} {smaller}";

    // Three digits: more than that nobody compares.
    private static string Short(double value) =>
        value.ToString(Math.Abs(value) switch { >= 100 => "0", >= 10 => "0.#", _ => "0.##" }, CultureInfo.InvariantCulture);
}
