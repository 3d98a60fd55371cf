namespace LaunchStack.Aggregator.Metering;

/// <summary>The head of a statement that never changes again.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="UserId">Whose it is.</param>
/// <param name="Month">First day of the month.</param>
/// <param name="RateCard">Version of the rate card that prices it.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Total">Sum of its lines and adjustments.</param>
/// <param name="CoveredMs">Milliseconds of the month's lines for which samples speak.</param>
/// <param name="UncoveredMs">Milliseconds of the same days without; not charged.</param>
/// <param name="CoveredShare">Covered of both together; null where there is no day.</param>
/// <param name="Cutoff">It holds everything that was received by then.</param>
/// <param name="Digest">SHA-256 over its canonical text, hexadecimal.</param>
/// <param name="FrozenAt">When it was frozen.</param>
public sealed record FrozenStatement(
    Guid Id, Guid UserId, DateOnly Month, int RateCard, string Currency, decimal Total, long CoveredMs, long UncoveredMs, double? CoveredShare,
    DateTimeOffset Cutoff, string Digest, DateTimeOffset FrozenAt);
