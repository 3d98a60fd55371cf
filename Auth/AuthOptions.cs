namespace LaunchStack.Auth;

/// <summary>Who may call. Section <c>Auth</c>.</summary>
public sealed class AuthOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Auth";

    internal const int MinKeyLength = 16;

    /// <summary>The key that may do everything, at least 16 characters; the app host generates and keeps it.</summary>
    public string AdminKey { get; set; } = "";

    /// <summary>The key of the system's own agent: it may send samples and register instances, nothing else. Empty: there is none.</summary>
    public string AgentKey { get; set; } = "";
}
