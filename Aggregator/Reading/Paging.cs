using System.Globalization;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Aggregator.Reading;

/// <summary>What the pages of all lists have in common: how many rows, and where the next one is.</summary>
internal static class Paging
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    /// <summary>Reads the parameter <c>limit</c>; null: it was not given.</summary>
    public static int Limit(string? text) => text is null ? DefaultLimit
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit ? limit
        : throw new ParameterException("limit", $"Give a whole number from 1 to {MaxLimit}.");

    /// <summary>Names the next page in the header <c>Link</c>: the same request, after the last row of this page.</summary>
    public static void LinkNext(HttpContext http, string after)
    {
        var query = QueryString.Create(http.Request.Query.Where(p => p.Key != "after")).Add("after", after);
        http.Response.Headers.Link = $"<{http.Request.Path}{query}>; rel=\"next\"";
    }
}
