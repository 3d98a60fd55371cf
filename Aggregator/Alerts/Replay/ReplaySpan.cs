using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

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
    public static (ReplaySpan Span, ProblemHttpResult? Problem) Of(
        DateTimeOffset? from, DateTimeOffset? to, DateTimeOffset earliest, DateTimeOffset latest, DateTimeOffset usualFrom)
    {
        if (from >= to)
            return (default, ParameterProblem.Of("from", "from must be before to."));
        if (from is { } asked && (asked > latest || asked.Year < 2000))
            return (default, ParameterProblem.Of("from", $"There is nothing to replay after {latest:O}, or before the year 2000."));
        if (to < earliest)
            return (default, ParameterProblem.Of("to", $"There is nothing to replay before {earliest:O}."));
        var first = Later(AlertTicks.Ceiling(from ?? usualFrom), earliest);
        var last = to is { } end && end <= latest ? AlertTicks.Ceiling(end) - AlertTicks.Interval : latest;
        return last - first > MaxSpan
            ? (default, ParameterProblem.Of("from", $"Give a span of at most {MaxSpan.TotalDays} days."))
            : (new(first, last), null);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
