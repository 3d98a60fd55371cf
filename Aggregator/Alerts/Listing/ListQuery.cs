using System.Globalization;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

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

    /// <summary>The query of a request, or what is wrong with it; parameters beyond <paramref name="known"/> and its own are named too.</summary>
    public static (ListQuery? Query, ProblemHttpResult? Problem) Parse(IQueryCollection query, params ReadOnlySpan<string> known)
    {
        foreach (var name in query.Keys)
        {
            if (!known.Contains(name) && name is not ("from" or "to" or "limit" or "after"))
                return (null, ParameterProblem.Of(name, "There is no such parameter here."));
        }
        foreach (var (name, values) in query)
        {
            if (values.Count > 1)
                return (null, ParameterProblem.Of(name, "Give it once."));
        }
        if (!TryTime(query["from"], out var from))
            return (null, ParameterProblem.Of("from", "Give a time as in RFC 3339, such as 2026-11-23T10:00:00Z."));
        if (!TryTime(query["to"], out var to))
            return (null, ParameterProblem.Of("to", "Give a time as in RFC 3339, such as 2026-11-23T10:00:00Z."));
        if (from >= to)
            return (null, ParameterProblem.Of("from", "from must be before to."));
        var limit = DefaultLimit;
        if (query["limit"].ToString() is { Length: > 0 } most
            && (!int.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > LargestLimit))
            return (null, ParameterProblem.Of("limit", $"Give a whole number from 1 to {LargestLimit}."));
        PageCursor? cursor = null;
        if (query["after"].ToString() is { Length: > 0 } after)
        {
            if (!PageCursor.TryParse(after, out var parsed))
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

    // A '+' of an offset that was not escaped arrives as a blank.
    private static bool TryTime(string? text, out DateTimeOffset? time)
    {
        time = null;
        if (string.IsNullOrEmpty(text))
            return true;
        var exact = text.Length > 6 && text[^6] == ' ' ? text[..^6] + '+' + text[^5..] : text;
        if (!exact.Contains('T', StringComparison.OrdinalIgnoreCase) || !DateTimeOffset.TryParse(
            exact, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var parsed))
            return false;
        time = parsed;
        return true;
    }
}
