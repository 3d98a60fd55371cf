namespace LaunchStack.Aggregator.Metering;

/// <summary>A month that has reached a part of its budget.</summary>
/// <param name="Month">First day of the month.</param>
/// <param name="Percent">75, 90 or 100.</param>
/// <param name="Budget">The budget then.</param>
/// <param name="Spent">What the month's days came to then.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="RaisedAt">When it was found.</param>
public sealed record BudgetAlert(DateOnly Month, int Percent, decimal Budget, decimal Spent, string Currency, DateTimeOffset RaisedAt);
