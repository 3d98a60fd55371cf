namespace LaunchStack.Web.Costs;

/// <summary>What one measure of one instance costs; of an adjustment, on which day.</summary>
internal sealed record ChargeRow(Guid InstanceId, string Measure, string? Unit, decimal Price, double Quantity, double Free, decimal Amount, DateOnly? Day);
