using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Aggregator.Alerts.Replay;

/// <summary>The ticks of a replay.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last.</param>
internal readonly record struct ReplaySpan(DateTimeOffset First, DateTimeOffset Last)
{
    // Raw samples are kept for 90 days unless configured otherwise.
    private static readonly TimeSpan MaxSpan = TimeSpan.FromDays(92);

    public static readonly TimeSpan Usual = TimeSpan.FromDays(30);

    /// <summary>The ticks in [from, to) within what there is.</summary>
    /// <exception cref="ParameterException">There is none of them.</exception>
    public static ReplaySpan Of(
        DateTimeOffset? from, DateTimeOffset? to, DateTimeOffset earliest, DateTimeOffset latest, DateTimeOffset usualFrom)
    {
        if (from >= to)
            throw new ParameterException("from", "from must be before to.");
        if (from is { } asked && (asked > latest || asked.Year < 2000))
            throw new ParameterException("from", $"There is nothing to replay after {latest:O}, or before the year 2000.");
        if (to < earliest)
            throw new ParameterException("to", $"There is nothing to replay before {earliest:O}.");
        var first = Later(AlertTicks.Ceiling(from ?? usualFrom), earliest);
        var last = to is { } end && end <= latest ? AlertTicks.Ceiling(end) - AlertTicks.Interval : latest;
        return last - first <= MaxSpan ? new(first, last) : throw new ParameterException("from", $"Give a span of at most {MaxSpan.TotalDays} days.");
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
