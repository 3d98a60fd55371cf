namespace LaunchStack.Web.Costs;

/// <summary>A month that has reached a part of its budget.</summary>
internal sealed record BudgetAlertRow(DateOnly Month, int Percent, decimal Spent, string Currency, DateTimeOffset RaisedAt);
