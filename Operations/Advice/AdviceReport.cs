namespace LaunchStack.Operations.Advice;

/// <summary>Answer of <c>GET /v1/database/advice</c>.</summary>
/// <param name="Measured">What was measured.</param>
/// <param name="Proposals">What follows.</param>
public sealed record AdviceReport(Measurements Measured, IReadOnlyList<Proposal> Proposals);
