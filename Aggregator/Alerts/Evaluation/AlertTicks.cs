namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>
/// The moments at which rules are evaluated, and what each of them knows. Both are functions of the tick alone, and no option: a
/// replay would have to know what they were.
/// </summary>
internal static class AlertTicks
{
    /// <summary>Ticks are the multiples of this since the epoch.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    // An agent sends at once what it has measured; a commit under load takes a second or two.
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(5);

    /// <summary>The last tick at or before <paramref name="time"/>.</summary>
    public static DateTimeOffset Floor(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % Interval.Ticks, TimeSpan.Zero);

    /// <summary>The first tick at or after <paramref name="time"/>.</summary>
    public static DateTimeOffset Ceiling(DateTimeOffset time) => Floor(time) is var floor && floor == time ? floor : floor + Interval;

    /// <summary>The tick sees what was received by then.</summary>
    public static DateTimeOffset Cutoff(DateTimeOffset tick) => tick + Delay;

    /// <summary>The ticks from <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    public static DateTimeOffset[] Between(DateTimeOffset first, DateTimeOffset last)
    {
        var ticks = new DateTimeOffset[Math.Max(0, (last - first).Ticks / Interval.Ticks + 1)];
        for (var i = 0; i < ticks.Length; i++)
            ticks[i] = first + Interval * i;
        return ticks;
    }
}
