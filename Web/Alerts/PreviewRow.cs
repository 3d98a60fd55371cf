namespace LaunchStack.Web.Alerts;

/// <summary>What a rule would have done.</summary>
public sealed record PreviewRow(
    string Summary, DateTimeOffset From, DateTimeOffset To, int Fired, int Instances, long Samples, bool Complete, IReadOnlyList<PreviewTotal> Most);
