using LaunchStack.Auth;
namespace LaunchStack.Ingest.Api.Auth;

/// <summary>Answer of <c>POST /v1/keys</c>.</summary>
/// <param name="Key">The key itself; nobody can show it again.</param>
/// <param name="Details">What it may do.</param>
public sealed record MadeKey(string Key, ApiKey Details);
