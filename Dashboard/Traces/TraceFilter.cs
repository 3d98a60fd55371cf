namespace LaunchStack.Dashboard.Traces;

/// <summary>What of the traces is wanted; null is "any". <c>Across</c>: more than one resource. Times are Unix nanoseconds.</summary>
internal sealed record TraceFilter(
    string? Resource = null, string? Text = null, bool ErrorsOnly = false, bool Across = false, TimeSpan? LongerThan = null, ulong? From = null, ulong? To = null)
{
    public bool Matches(StoredTrace trace)
    {
        if (Across && trace.Spans.TrueForAll(s => s.Resource.Name == trace.Spans[0].Resource.Name)) return false;
        if (ErrorsOnly && trace.Errors == 0) return false;
        if (From is { } from && trace.End < from) return false;
        if (To is { } to && trace.Start > to) return false;
        if (LongerThan is { } least && trace.End - Math.Min(trace.Start, trace.End) < (ulong)least.Ticks * 100) return false;
        if (Resource is { Length: > 0 } && !trace.Spans.Exists(s => s.Resource.Name == Resource)) return false;
        return Text is not { Length: > 0 }
            || trace.Spans.Exists(s => s.Name.Contains(Text, StringComparison.OrdinalIgnoreCase))
            || Otlp.OtlpIds.Hex(trace.Id).StartsWith(Text, StringComparison.OrdinalIgnoreCase);
    }
}
