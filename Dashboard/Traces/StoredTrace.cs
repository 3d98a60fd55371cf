namespace LaunchStack.Dashboard.Traces;

/// <summary>The spans of one trace in order of arrival, and what the list shows of them. Guarded by the store's lock.</summary>
internal sealed class StoredTrace(UInt128 id)
{
    public UInt128 Id { get; } = id;
    public List<StoredSpan> Spans { get; } = [];
    public long Bytes { get; private set; }
    public ulong Start { get; private set; } = ulong.MaxValue;
    public ulong End { get; private set; }
    public int Errors { get; private set; }
    public StoredSpan? Root { get; private set; }

    public void Add(StoredSpan span)
    {
        Spans.Add(span);
        Bytes += span.Encoded.Length;
        if (span.Error) Errors++;
        End = Math.Max(End, span.End);
        Start = Math.Min(Start, span.Start);
        // The one without a parent names the trace; until it comes, the earliest does.
        if (Root is null || (Root.ParentId != 0 && (span.ParentId == 0 || span.Start < Root.Start))) Root = span;
    }

    public TraceSummary Summarise() => new(
        Id, Root!.Resource.Name, Root.Name, Start, End, Spans.Count, Errors,
        [.. Spans.GroupBy(s => s.Resource.Name).Select(g => KeyValuePair.Create(g.Key, g.Count()))]);
}
