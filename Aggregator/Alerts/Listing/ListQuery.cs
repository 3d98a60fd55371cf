using System.Globalization;
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
    private const int DefaultLimit = 100;
    private const int LargestLimit = 1000;

    /// <summary>The names of its parameters.</summary>
    public static IReadOnlyList<string> Parameters { get; } = ["from", "to", "limit", "after"];

    /// <summary>The query of a request, or what is wrong with it.</summary>
    public static (ListQuery? Query, ProblemHttpResult? Problem) Parse(IQueryCollection query)
    {
        if (!TryTime(query["from"], out var from))
            return (null, ParameterProblem.Of("from", TimeParameter.Form));
        if (!TryTime(query["to"], out var to))
            return (null, ParameterProblem.Of("to", TimeParameter.Form));
        if (from >= to)
            return (null, ParameterProblem.Of("from", "from must be before to."));
        var limit = DefaultLimit;
        if (query.TryGetValue("limit", out var most)
            && (!int.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > LargestLimit))
            return (null, ParameterProblem.Of("limit", $"Give a whole number from 1 to {LargestLimit}."));
        PageCursor? cursor = null;
        if (query.TryGetValue("after", out var after))
        {
            if (!PageCursor.TryParse(after.ToString(), out var parsed))
                return (null, ParameterProblem.Of("after", "Take it from the Link header of the page before."));
            cursor = parsed;
        }
        return (new(from, to, limit, cursor), null);
    }

    /// <summary>Names the next page in the header <c>Link</c>.</summary>
    public static void LinkNext(HttpContext http, PageCursor last)
    {
        var query = QueryString.Create(http.Request.Query.Where(p => p.Key != "after")).Add("after", last.ToString());
        http.Response.Headers.Link = $"<{http.Request.Path}{query}>; rel=\"next\"";
    }

    private static bool TryTime(StringValues text, out DateTimeOffset? time)
    {
        var given = TimeParameter.TryParse(text, out var parsed);
        time = given ? parsed : null;
        return given || text.Count == 0;
    }
}
