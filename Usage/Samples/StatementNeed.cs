namespace LaunchStack.Usage.Samples;

/// <summary>What a month's statement needs of the raw samples that it is computed from.</summary>
public static class StatementNeed
{
    /// <summary>How long after its end a month stays open for late samples, unless <c>Metering:Grace</c> says otherwise.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromHours(2);

    /// <summary>How long samples are kept at least: the longest month, its grace, and a day: what reaches into the month's first, and time to compute it all.</summary>
    public static TimeSpan Retention(TimeSpan grace) => TimeSpan.FromDays(32) + grace;
}
