using System.Globalization;

namespace LaunchStack.Operations.Monitoring.Alarms;

/// <summary>Figures as an operator reads them.</summary>
internal static class Text
{
    public static string Bytes(double bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var unit = 0;
        for (; Math.Abs(bytes) >= 1024 && unit < units.Length - 1; unit++)
            bytes /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{bytes:0.#} {units[unit]}");
    }

    public static string Span(double? seconds) => seconds switch
    {
        null => "an unknown time",
        < 1 => Number(seconds.Value * 1000, "ms"),
        < 120 => Number(seconds.Value, "s"),
        < 7200 => Number(seconds.Value / 60, "min"),
        < 172_800 => Number(seconds.Value / 3600, "h"),
        _ => Number(seconds.Value / 86_400, "days"),
    };

    private static string Number(double value, string unit) => string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {unit}");
}
