namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>A user's budget of a month. It is soft: it is told at 75, 90 and 100 percent, and nothing stops.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Amount">In the currency of the rate card.</param>
/// <param name="Alerts">What has been told, newest first.</param>
public sealed record Budget(Guid UserId, decimal Amount, IReadOnlyList<BudgetAlert> Alerts);
