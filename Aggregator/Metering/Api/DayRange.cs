using System.Globalization;
using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>Days of UTC as query parameters give them, or what is wrong with them.</summary>
/// <param name="From">The first.</param>
/// <param name="To">The one after the last.</param>
/// <param name="Problem">The parameter at fault and why.</param>
internal readonly record struct DayRange(DateOnly From, DateOnly To, (string Parameter, string Detail)? Problem = null)
{
    // A line is half a kilobyte of answer; years belong into statements.
    private const int MaxDays = 400;

    private const string Form = "Give a day such as 2026-11-01, or its start in UTC such as 2026-11-01T00:00:00Z: use is counted by days.";

    /// <summary>Without parameters the current month.</summary>
    public static DayRange Parse(string? from, string? to, DateTimeOffset now)
    {
        var month = UtcDay.Of(now).MonthStart();
        if (!TryDay(from, month, out var first))
            return Wrong("from", Form);
        if (!TryDay(to, from is null ? month.AddMonths(1) : first.MonthStart().AddMonths(1), out var end))
            return Wrong("to", Form);
        if (first >= end)
            return Wrong(from is null ? "to" : "from", "from must be before to, which is the end of its month unless given.");
        return end.DayNumber - first.DayNumber > MaxDays ? Wrong("from", $"Ask for at most {MaxDays} days.") : new(first, end);
    }

    /// <summary>A month as yyyy-MM.</summary>
    public static bool TryMonth(string? text, out DateOnly month) =>
        DateOnly.TryParseExact(text, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out month) && month.Year < 9999;

    private static bool TryDay(string? text, DateOnly otherwise, out DateOnly day)
    {
        day = otherwise;
        if (text is null)
            return true;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day))
            return day.Year is > 1 and < 9999;
        if (!TimeParameter.TryParse(text, out var time) || time.TimeOfDay != TimeSpan.Zero)
            return false;
        day = UtcDay.Of(time);
        return day.Year is > 1 and < 9999;
    }

    private static DayRange Wrong(string parameter, string detail) => new(default, default, (parameter, detail));
}
