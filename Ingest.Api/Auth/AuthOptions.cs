namespace LaunchStack.Ingest.Api.Auth;

/// <summary>Who may call. Section <c>Auth</c>.</summary>
public sealed class AuthOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Auth";

    /// <summary>The key that may do everything; the app host generates and keeps it.</summary>
    public string AdminKey { get; set; } = "";
}
