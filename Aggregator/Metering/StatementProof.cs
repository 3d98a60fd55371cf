namespace LaunchStack.Aggregator.Metering;

/// <summary>What came of computing a statement again.</summary>
/// <param name="StatementId">The statement.</param>
/// <param name="UserId">Whose it is.</param>
/// <param name="Month">First day of its month.</param>
/// <param name="Verified">Everything came out the same.</param>
/// <param name="Digest">The digest that it was frozen with.</param>
/// <param name="ComputedDigest">The digest that its day lines come to now.</param>
/// <param name="DaysFromRaw">Day lines computed again from raw samples.</param>
/// <param name="DaysFromLines">Day lines whose raw samples are dropped: checked against their own digest.</param>
/// <param name="Differences">What differs; empty when verified.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record StatementProof(
    Guid StatementId, Guid UserId, DateOnly Month, bool Verified, string Digest, string ComputedDigest, int DaysFromRaw, int DaysFromLines,
    IReadOnlyList<ProofDifference> Differences, double Seconds);
