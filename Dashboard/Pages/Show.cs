using System.Collections.Concurrent;
using System.Globalization;
using LaunchStack.Dashboard.Otlp;

namespace LaunchStack.Dashboard.Pages;

/// <summary>Values as the pages write them.</summary>
internal static class Show
{
    private const int Colours = 8;

    // Names come from outside: the memory for their colours has an end.
    private const int MostGiven = 1000;
    private static readonly ConcurrentDictionary<string, int> Given = new(StringComparer.Ordinal);

    public static string Duration(TimeSpan span) => span.TotalSeconds >= 60 ? $"{(int)span.TotalMinutes} m {span.Seconds} s"
        : span.TotalSeconds >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.##} s")
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

    /// <summary>A value in an instrument's unit (UCUM, as OpenTelemetry has it): bytes in KiB, seconds as durations, others as numbers.</summary>
    public static string Value(double value, string unit) => !double.IsFinite(value) ? "–" : unit switch
    {
        "By" => Bytes(value),
        "s" => Duration(value),
        "ms" => Duration(value / 1e3),
        "us" or "µs" => Duration(value / 1e6),
        "ns" => Duration(value / 1e9),
        "%" => Number(value) + " %",
        _ when unit.EndsWith("/s", StringComparison.Ordinal) => (unit == "By/s" ? Bytes(value) : Number(value)) + "/s",
        _ => Number(value),
    };

    public static string Count(long count, string what) => $"{Count(count)} {what}{(count == 1 ? "" : "s")}";

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Duration(double seconds) => seconds == 0 ? "0 s" : Math.Abs(seconds) > TimeSpan.MaxValue.TotalSeconds / 2
        ? Number(seconds) + " s" : (seconds < 0 ? "-" : "") + Duration(TimeSpan.FromSeconds(Math.Abs(seconds)));

    private static string Bytes(double bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var step = 0;
        for (; Math.Abs(bytes) >= 1024 && step < units.Length - 1; step++) bytes /= 1024;
        return $"{bytes.ToString("0.##", CultureInfo.InvariantCulture)} {units[step]}";
    }

    public static string Css(double percent) => percent.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>A colour class of app.css, the same for the same name; the first eight names get one each.</summary>
    public static string Colour(string name)
    {
        if (!Given.TryGetValue(name, out var colour))
            colour = Given.Count < MostGiven ? Given.GetOrAdd(name, _ => Given.Count % Colours) : name.Length % Colours;
        return "c" + colour.ToString(CultureInfo.InvariantCulture);
    }
}
