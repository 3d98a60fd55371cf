using System.Globalization;
using LaunchStack.Dashboard.Otlp;

namespace LaunchStack.Dashboard.Pages;

/// <summary>Values as the pages write them.</summary>
internal static class Show
{
    private const int Colours = 8;

    public static string Duration(TimeSpan span) => span.TotalSeconds >= 60 ? $"{(int)span.TotalMinutes} m {span.Seconds} s"
        : span.TotalSeconds >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.00} s")
        : span.TotalMilliseconds >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0.##} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{span.TotalMicroseconds:0.#} µs");

    public static string Duration(ulong from, ulong to) => Duration(TimeSpan.FromTicks(to > from ? (long)Math.Min((to - from) / 100, long.MaxValue) : 0));

    public static string Clock(ulong nanos) => UnixNano.Time(nanos).ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    public static string Clock(DateTimeOffset? time) => time?.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture) ?? "";

    public static string Number(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e12 => value.ToString("0.##e0", CultureInfo.InvariantCulture),
        >= 1e9 => (value / 1e9).ToString("0.##", CultureInfo.InvariantCulture) + " G",
        >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + " M",
        >= 1e4 => (value / 1e3).ToString("0.##", CultureInfo.InvariantCulture) + " k",
        >= 1 => value.ToString("0.##", CultureInfo.InvariantCulture),
        _ => value.ToString("0.####", CultureInfo.InvariantCulture),
    };

    public static string Css(double percent) => percent.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>A colour class of app.css, the same for the same name.</summary>
    public static string Colour(string name)
    {
        var hash = 17u;
        foreach (var c in name) hash = (hash * 31) + c;
        return "c" + (hash % Colours).ToString(CultureInfo.InvariantCulture);
    }
}
