using System.Net.Http.Headers;
using Microsoft.AspNetCore.WebUtilities;

namespace LaunchStack.Web.Clients;

/// <summary>The next page of a list, as the header <c>Link</c> names it.</summary>
internal static class NextLink
{
    /// <summary>Its <c>after</c>; null: this is the last page.</summary>
    public static string? Of(HttpResponseHeaders headers)
    {
        if (!headers.TryGetValues("Link", out var links))
            return null;
        var next = links.SelectMany(value => value.Split(',')).FirstOrDefault(link => link.Contains("rel=\"next\"", StringComparison.Ordinal));
        if (next is null || next.IndexOf('<', StringComparison.Ordinal) is var open && open < 0 || next.IndexOf('>', StringComparison.Ordinal) is var close && close < open)
            return null;
        var address = next[(open + 1)..close];
        var query = address.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? null : QueryHelpers.ParseQuery(address[query..])["after"] is [{ Length: > 0 } after, ..] ? after : null;
    }
}
