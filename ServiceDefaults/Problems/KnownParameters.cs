namespace LaunchStack.ServiceDefaults.Problems;

/// <summary>The query parameters of an endpoint; others are refused by name, or a mistyped one would quietly answer another question.</summary>
/// <param name="Names">Their names.</param>
public sealed record KnownParameters(params IReadOnlyList<string> Names);
