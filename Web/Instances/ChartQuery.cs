using LaunchStack.Web.Charts;

namespace LaunchStack.Web.Instances;

/// <summary>The query of an instance's address, as its files take it.</summary>
/// <param name="Range">A span that ends now.</param>
/// <param name="From">Or its start.</param>
/// <param name="To">And its end.</param>
/// <param name="Compare">With what.</param>
internal sealed record ChartQuery(string? Range, string? From, string? To, string? Compare)
{
    /// <summary>A file has no place for a remark: a range that cannot be read is refused.</summary>
    /// <exception cref="BadHttpRequestException">It cannot be read.</exception>
    public ChartRange Span(TimeProvider time)
    {
        var parsed = ChartRange.Parse(Range, From, To, time.GetUtcNow());
        return parsed.Fault is null ? parsed : throw new BadHttpRequestException(parsed.Fault);
    }
}
