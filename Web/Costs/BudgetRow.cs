namespace LaunchStack.Web.Costs;

/// <summary>A user's budget of a month.</summary>
internal sealed record BudgetRow(decimal Amount, IReadOnlyList<BudgetAlertRow> Alerts);
