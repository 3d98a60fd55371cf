namespace LaunchStack.Operations.Advice;

/// <summary>One setting as it is and as it might be. Nothing is applied by itself.</summary>
/// <param name="Setting">Its configuration key, or what it is.</param>
/// <param name="Today">Its value.</param>
/// <param name="Proposed">A better one; the same when it fits.</param>
/// <param name="Changes">Whether the two differ.</param>
/// <param name="Reason">Why, in figures.</param>
/// <param name="Configuration">The migrator's environment that sets it for good; null when nothing is to do.</param>
/// <param name="Sql">What sets it at once, until the migrator runs again; null likewise.</param>
public sealed record Proposal(string Setting, string Today, string Proposed, bool Changes, string Reason, string? Configuration, string? Sql);
