namespace LaunchStack.Web.Database;

/// <summary>A part that could not be read this time.</summary>
internal sealed record UnreadRow(string Part, string Reason);
