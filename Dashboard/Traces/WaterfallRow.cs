namespace LaunchStack.Dashboard.Traces;

/// <summary>A span with its place in the waterfall, in percent of the trace.</summary>
internal sealed record WaterfallRow(StoredSpan Span, int Depth, double Left, double Width);
