namespace LaunchStack.Web.Alerts;

/// <summary>What it would have done for an instance; null: for the platform.</summary>
public sealed record PreviewTotal(Guid? InstanceId, int Fired, double TotalSeconds);
