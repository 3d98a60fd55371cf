using System.Globalization;

namespace LaunchStack.Web.Charts;

/// <summary>The span of time of a page, as its address gives it.</summary>
/// <param name="From">Start.</param>
/// <param name="To">End, exclusive.</param>
/// <param name="Preset">The name of a span that ends now; null: a span of its own.</param>
/// <param name="Fault">What is wrong with the address; the usual span is shown instead.</param>
internal sealed record ChartRange(DateTimeOffset From, DateTimeOffset To, string? Preset, string? Fault = null)
{
    private const string Usual = "1h";

    // Longer ones are no charts but archives; the aggregator takes 20 years.
    private static readonly TimeSpan MaxSpan = TimeSpan.FromDays(366 * 5);

    /// <summary>Names and lengths of what can be chosen.</summary>
    public static IReadOnlyList<(string Name, TimeSpan Length)> Presets { get; } =
    [
        ("10m", TimeSpan.FromMinutes(10)), ("1h", TimeSpan.FromHours(1)), ("6h", TimeSpan.FromHours(6)), ("24h", TimeSpan.FromHours(24)),
        ("7d", TimeSpan.FromDays(7)), ("30d", TimeSpan.FromDays(30)), ("90d", TimeSpan.FromDays(90)), ("1y", TimeSpan.FromDays(365)),
    ];

    /// <summary>Its length.</summary>
    public TimeSpan Length => To - From;

    /// <summary>The query that brings it back: <c>range=…</c>, or <c>from=…&amp;to=…</c>.</summary>
    public string Query => Preset is null ? Absolute : $"range={Preset}";

    /// <summary>The query in moments.</summary>
    public string Absolute => $"from={Text(From)}&to={Text(To)}";

    /// <summary>As long, and ends where this one starts.</summary>
    public ChartRange Before => new(From - Length, From, null);

    /// <summary>Reads an address.</summary>
    public static ChartRange Parse(string? range, string? from, string? to, DateTimeOffset now)
    {
        if (from is not null || to is not null)
        {
            if (range is not null)
                return Wrong("range stands beside from and to: give one of them.", now);
            var end = now;
            if (to is { Length: > 0 } && !TryTime(to, out end))
                return Wrong($"to is no time: give one such as {Text(now)}.", now);
            if (from is null || !TryTime(from, out var start))
                return Wrong($"from is no time: give one such as {Text(now - TimeSpan.FromHours(1))}.", now);
            return start >= end ? Wrong("from is not before to.", now)
                : end - start > MaxSpan ? Wrong("That is more than five years.", now)
                : end - start < TimeSpan.FromSeconds(10) ? Wrong("That is less than ten seconds.", now)
                : new(start, end, null);
        }
        var preset = Presets.FirstOrDefault(p => p.Name == (range ?? Usual));
        return preset.Name is null
            ? Wrong($"There is no range '{range}': give one of {string.Join(", ", Presets.Select(p => p.Name))}, or from and to.", now)
            : new(now - preset.Length, now, preset.Name);
    }

    /// <summary>A moment as addresses have it, in UTC.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static ChartRange Wrong(string fault, DateTimeOffset now) => Parse(Usual, null, null, now) with { Fault = fault };

    // Forms send minutes without a zone, which are UTC. A '+' of an offset that was not escaped arrives as a blank.
    private static bool TryTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParse(
        text.Length > 6 && text[^6] == ' ' ? text[..^6] + '+' + text[^5..] : text, CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time) && text.Contains('-', StringComparison.Ordinal) && time.Year is > 1970 and < 2400;
}
