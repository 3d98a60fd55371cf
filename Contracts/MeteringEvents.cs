namespace LaunchStack.Contracts;

/// <summary>A user's month is closed; its statement never changes again. What comes later is in a later statement.</summary>
/// <param name="StatementId">The statement.</param>
/// <param name="UserId">Whose it is.</param>
/// <param name="Month">First day of the month.</param>
/// <param name="Total">Sum of its lines and adjustments.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="RateCard">Version of the rate card that prices it.</param>
/// <param name="Cutoff">It holds everything that was received by then.</param>
/// <param name="Digest">SHA-256 over its canonical text.</param>
/// <param name="FrozenAt">When it was frozen.</param>
public sealed record StatementFrozen(
    Guid StatementId, Guid UserId, DateOnly Month, decimal Total, string Currency, int RateCard, DateTimeOffset Cutoff, string Digest,
    DateTimeOffset FrozenAt);

/// <summary>A user's month has reached a part of the budget. Once a month and part; nothing is stopped.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Month">First day of the month.</param>
/// <param name="Percent">75, 90 or 100.</param>
/// <param name="Budget">The budget of a month.</param>
/// <param name="Spent">What the month's days so far come to.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="RaisedAt">When it was found.</param>
public sealed record BudgetReached(
    Guid UserId, DateOnly Month, int Percent, decimal Budget, decimal Spent, string Currency, DateTimeOffset RaisedAt);
