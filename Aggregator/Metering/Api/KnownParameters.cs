namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>The query parameters of an endpoint; others are refused by name, or a mistyped one would quietly answer another question.</summary>
/// <param name="Names">Their names.</param>
internal sealed record KnownParameters(IReadOnlyList<string> Names);
