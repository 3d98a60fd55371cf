using System.Globalization;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Aggregator.Usage;

/// <summary>The range of a history as its query parameters give it.</summary>
internal readonly record struct HistoryRange(DateTimeOffset From, DateTimeOffset To, int Points)
{
    private const int DefaultPoints = 100;

    // A chart has no more pixels to show; it bounds the answer at some 500 kB.
    private const int MaxPoints = 2000;

    private static readonly TimeSpan DefaultPeriod = TimeSpan.FromHours(1);
    private static readonly TimeSpan MaxPeriod = TimeSpan.FromDays(366 * 20);

    /// <exception cref="ParameterException">One of them says no range.</exception>
    public static HistoryRange Parse(string? period, string? from, string? to, string? points, DateTimeOffset now)
    {
        var count = DefaultPoints;
        if (points is not null && (!int.TryParse(points, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > MaxPoints))
            throw new ParameterException("points", $"Give a whole number from 1 to {MaxPoints}.");

        if (period is not null)
        {
            if (from is not null || to is not null)
                throw new ParameterException("period", "Give either period, or from and to.");
            return ParsePeriod(period) is { } length
                ? new(now - length, now, count)
                : throw new ParameterException("period", "Give a whole number and a unit, one of s, m, h, d, w, such as 10m, 24h or 30d; at most 20 years.");
        }

        var end = to is null ? now : TimeParameter.Parse(to);
        var start = from is null ? end - DefaultPeriod : TimeParameter.Parse(from);
        if (from is null && to is not null)
            throw new ParameterException("from", "Give from together with to.");
        return start < end ? new(start, end, count) : throw new ParameterException("from", "from must be before to, which is now unless given.");
    }

    private static TimeSpan? ParsePeriod(string text)
    {
        if (text.Length < 2 || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return null;
        var unit = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            'w' => TimeSpan.FromDays(7),
            _ => TimeSpan.Zero,
        };
        return unit > TimeSpan.Zero && number >= 1 && number <= MaxPeriod / unit ? unit * number : null;
    }
}
