using System.Globalization;
using System.Runtime.CompilerServices;
using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>Days of UTC as query parameters give them.</summary>
/// <param name="From">The first.</param>
/// <param name="To">The one after the last.</param>
internal readonly record struct DayRange(DateOnly From, DateOnly To)
{
    // A line is half a kilobyte of answer; years belong into statements.
    private const int MaxDays = 400;

    /// <summary>Without parameters the current month.</summary>
    /// <exception cref="ParameterException">One of them says no range.</exception>
    public static DayRange Parse(string? from, string? to, DateTimeOffset now)
    {
        var first = from is null ? UtcDay.Of(now).MonthStart() : Day(from);
        var end = to is null ? first.MonthStart().AddMonths(1) : Day(to);
        if (first >= end)
            throw new ParameterException(from is null ? "to" : "from", "from must be before to, which is the end of its month unless given.");
        return end.DayNumber - first.DayNumber <= MaxDays ? new(first, end) : throw new ParameterException("from", $"Ask for at most {MaxDays} days.");
    }

    /// <summary>A month as yyyy-MM; null where none is given.</summary>
    /// <exception cref="ParameterException">It is none.</exception>
    public static DateOnly? Month(string? month) => month is null ? null
        : DateOnly.TryParseExact(month, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed) && parsed.Year < 9999 ? parsed
        : throw new ParameterException("month", "Give a month such as 2026-11.");

    private static DateOnly Day(string text, [CallerArgumentExpression(nameof(text))] string name = "")
    {
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            && TimeParameter.TryParse(text, out var time) && time.TimeOfDay == TimeSpan.Zero)
            day = UtcDay.Of(time);
        return day.Year is > 1 and < 9999 ? day : throw new ParameterException(
            name, "Give a day such as 2026-11-01, or its start in UTC such as 2026-11-01T00:00:00Z: use is counted by days.");
    }
}
