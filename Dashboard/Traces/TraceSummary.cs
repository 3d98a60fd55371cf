namespace LaunchStack.Dashboard.Traces;

/// <summary>A row of the trace list. Times are Unix nanoseconds.</summary>
internal sealed record TraceSummary(
    UInt128 Id, string Resource, string Name, ulong Start, ulong End, int Spans, int Errors, IReadOnlyList<KeyValuePair<string, int>> Resources)
{
    public TimeSpan Duration => TimeSpan.FromTicks(End > Start ? (long)((End - Start) / 100) : 0);
}
