namespace LaunchStack.Web.Alerts;

/// <summary>What a rule would have done.</summary>
internal sealed record PreviewRow(string Summary, int Fired, int Instances, long Samples, bool Complete);
