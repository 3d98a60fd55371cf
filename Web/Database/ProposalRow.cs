namespace LaunchStack.Web.Database;

/// <summary>One setting, why it should be another, and what sets it.</summary>
public sealed record ProposalRow(string Setting, string Today, string Proposed, bool Changes, string Reason, string? Configuration, string? Sql);
