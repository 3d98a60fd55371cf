namespace LaunchStack.Web.Database;

/// <summary>Settings as they are and as they might be.</summary>
public sealed record AdviceAnswer(IReadOnlyList<ProposalRow> Proposals);
