namespace LaunchStack.Web.Costs;

/// <summary>What came of computing a statement again.</summary>
internal sealed record ProofRow(
    bool Verified, string Digest, string ComputedDigest, int DaysFromRaw, int DaysFromLines, IReadOnlyList<ProofDifferenceRow> Differences, double Seconds);
