namespace LaunchStack.Aggregator.Metering.Days;

/// <summary>A day of UTC in the clocks that metering uses.</summary>
internal static class UtcDay
{
    public const long Milliseconds = 86_400_000;

    /// <summary>Its start, milliseconds since 1970-01-01.</summary>
    public static long StartMilliseconds(this DateOnly day) => (day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber) * Milliseconds;

    public static DateTime Start(this DateOnly day) => day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);

    public static DateOnly MonthStart(this DateOnly day) => new(day.Year, day.Month, 1);

    /// <summary>The day that holds <paramref name="time"/>.</summary>
    public static DateOnly Of(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);
}
