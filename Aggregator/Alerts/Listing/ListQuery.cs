using LaunchStack.Aggregator.Reading;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Aggregator.Alerts.Listing;

/// <summary>What lists have in common: a span of time and pages.</summary>
/// <param name="From">Start; null: from the first.</param>
/// <param name="To">End, exclusive; null: up to now.</param>
/// <param name="Limit">Rows of a page.</param>
/// <param name="After">The last row of the page before.</param>
internal sealed record ListQuery(DateTimeOffset? From, DateTimeOffset? To, int Limit, PageCursor? After)
{
    /// <summary>The values that the statements take last: start, end, time and id of the last row before, rows.</summary>
    public object?[] Page => [From?.UtcDateTime, To?.UtcDateTime, After?.At.UtcDateTime, After?.Id ?? Guid.Empty, Limit];

    /// <summary>The query of a request.</summary>
    /// <exception cref="ParameterException">A parameter cannot be read.</exception>
    public static ListQuery Parse(string? from, string? to, string? limit, string? after)
    {
        DateTimeOffset? start = from is null ? null : TimeParameter.Parse(from), end = to is null ? null : TimeParameter.Parse(to);
        if (start >= end)
            throw new ParameterException("from", "from must be before to.");
        return new(start, end, Paging.Limit(limit), after is null ? null : PageCursor.Parse(after));
    }
}
