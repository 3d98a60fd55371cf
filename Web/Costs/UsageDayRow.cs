namespace LaunchStack.Web.Costs;

/// <summary>A day of UTC.</summary>
internal sealed record UsageDayRow(DateOnly Day, QuantityRow Quantities);
