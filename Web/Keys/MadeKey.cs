namespace LaunchStack.Web.Keys;

/// <summary>A new key, shown once.</summary>
internal sealed record MadeKey(string Key, KeyRow Details);
