namespace LaunchStack.Web.Database;

/// <summary>How far a rollup is.</summary>
internal sealed record RollupRow(string Name, DateTimeOffset? Watermark, double? LagSeconds, long PendingRanges);
