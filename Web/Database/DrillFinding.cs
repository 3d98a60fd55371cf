namespace LaunchStack.Web.Database;

/// <summary>Something that is not as it was backed up.</summary>
public sealed record DrillFinding(string Relation, string Detail, DateTimeOffset? From, DateTimeOffset? To);
