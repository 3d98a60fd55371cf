namespace LaunchStack.Usage.History;

/// <summary>Part of a range and the relation it is read from.</summary>
internal readonly record struct HistorySegment(UsageRelation Relation, DateTimeOffset From, DateTimeOffset To);
