using LaunchStack.Aggregator.Reading;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Primitives;

namespace LaunchStack.Aggregator.Alerts.Listing;

/// <summary>What lists have in common: a span of time and pages.</summary>
/// <param name="From">Start; null: from the first.</param>
/// <param name="To">End, exclusive; null: up to now.</param>
/// <param name="Limit">Rows of a page.</param>
/// <param name="After">The last row of the page before.</param>
internal sealed record ListQuery(DateTimeOffset? From, DateTimeOffset? To, int Limit, PageCursor? After)
{
    /// <summary>The names of its parameters.</summary>
    public static IReadOnlyList<string> Parameters { get; } = ["from", "to", "limit", "after"];

    /// <summary>The values that the statements take last: start, end, time and id of the last row before, rows.</summary>
    public object?[] Page => [From?.UtcDateTime, To?.UtcDateTime, After?.At.UtcDateTime, After?.Id ?? Guid.Empty, Limit];

    /// <summary>The query of a request, or what is wrong with it.</summary>
    public static (ListQuery? Query, ProblemHttpResult? Problem) Parse(IQueryCollection query)
    {
        if (!TryTime(query["from"], out var from))
            return (null, ParameterProblem.Of("from", TimeParameter.Form));
        if (!TryTime(query["to"], out var to))
            return (null, ParameterProblem.Of("to", TimeParameter.Form));
        if (from >= to)
            return (null, ParameterProblem.Of("from", "from must be before to."));
        if (!Paging.TryLimit(query["limit"], out var limit))
            return (null, ParameterProblem.Of("limit", Paging.LimitForm));
        PageCursor? cursor = null;
        if (query.TryGetValue("after", out var after))
        {
            if (!PageCursor.TryParse(after.ToString(), out var parsed))
                return (null, ParameterProblem.Of("after", "Take it from the Link header of the page before."));
            cursor = parsed;
        }
        return (new(from, to, limit, cursor), null);
    }

    private static bool TryTime(StringValues text, out DateTimeOffset? time)
    {
        var given = TimeParameter.TryParse(text, out var parsed);
        time = given ? parsed : null;
        return given || text.Count == 0;
    }
}
