namespace LaunchStack.Dashboard.Resources;

/// <summary>A line of the graph: from what is waited for to who waits, as an SVG path.</summary>
internal sealed record GraphEdge(string From, string To, string? Until, string Path);
