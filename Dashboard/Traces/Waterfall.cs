namespace LaunchStack.Dashboard.Traces;

/// <summary>Orders a trace's spans as a tree. Spans whose parent is missing stand at the root; none is lost, in a circle neither.</summary>
internal static class Waterfall
{
    public static IReadOnlyList<WaterfallRow> Rows(IReadOnlyList<StoredSpan> spans)
    {
        if (spans.Count == 0) return [];
        ulong start = spans.Min(s => s.Start), end = spans.Max(s => s.End);
        var whole = Math.Max(1d, end - start);
        var ids = spans.Select(s => s.SpanId).ToHashSet();
        var children = spans.Where(s => ids.Contains(s.ParentId)).ToLookup(s => s.ParentId);
        var rows = new List<WaterfallRow>(spans.Count);
        var placed = new HashSet<StoredSpan>();
        foreach (var root in spans.Where(s => !ids.Contains(s.ParentId))) Place(root);
        foreach (var left in spans) Place(left);
        return rows;

        void Place(StoredSpan root)
        {
            // A stack of its own: chains of thousands of spans must not end the process.
            var open = new Stack<(StoredSpan Span, int Depth)>();
            open.Push((root, 0));
            while (open.TryPop(out var next))
            {
                if (!placed.Add(next.Span)) continue;
                rows.Add(new(next.Span, next.Depth, 100 * (next.Span.Start - start) / whole, 100 * (next.Span.End - next.Span.Start) / whole));
                foreach (var child in children[next.Span.SpanId].Reverse()) open.Push((child, next.Depth + 1));
            }
        }
    }
}
