namespace LaunchStack.Aggregator.Metering.Days;

/// <summary>How long a sample may speak for its instance at most. Depends on nothing but the samples of its own UTC day.</summary>
/// <param name="FixedMilliseconds">From configuration; null: by the instance's usual interval.</param>
internal readonly record struct GapRule(long? FixedMilliseconds)
{
    public const long MinMilliseconds = 30_000;
    public const long MaxMilliseconds = 300_000;

    // A lost sample or two is bridged; an instance that is stopped is not.
    private const long UsualIntervals = 3;

    /// <summary>The most that any day can come to.</summary>
    public long Bound => FixedMilliseconds ?? MaxMilliseconds;

    /// <summary>
    /// Three usual intervals, from 30 s to 5 min. Usual is the lower median of the gaps between the day's samples; with less than two
    /// samples nothing is known of it, and what is not known is not charged: 30 s.
    /// </summary>
    /// <param name="day">All samples of the instance on that day, in order of time.</param>
    public long For(ReadOnlySpan<MeterSample> day)
    {
        if (FixedMilliseconds is { } milliseconds)
            return milliseconds;
        if (day.Length < 2)
            return MinMilliseconds;
        var gaps = new long[day.Length - 1];
        for (var i = 1; i < day.Length; i++)
            gaps[i - 1] = day[i].Milliseconds - day[i - 1].Milliseconds;
        Array.Sort(gaps);
        return Math.Clamp(UsualIntervals * gaps[(gaps.Length - 1) / 2], MinMilliseconds, MaxMilliseconds);
    }
}
