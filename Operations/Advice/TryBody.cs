namespace LaunchStack.Operations.Advice;

/// <summary>Body of <c>POST /v1/database/advice/try</c>: what to measure beside today's settings; what is left out is as today.</summary>
/// <param name="ChunkIntervalSeconds">Span of a chunk.</param>
/// <param name="SegmentBy">Columns of <c>timescaledb.segmentby</c>; empty: none.</param>
/// <param name="OrderBy">As in <c>timescaledb.orderby</c>: columns, each with <c>ASC</c> or <c>DESC</c>.</param>
public sealed record TryBody(double? ChunkIntervalSeconds, IReadOnlyList<string>? SegmentBy, IReadOnlyList<string>? OrderBy);
