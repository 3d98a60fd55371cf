namespace LaunchStack.ServiceDefaults.Authentication;

/// <summary>Section <c>Auth</c>.</summary>
public sealed class KeyAuthenticationOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Auth";

    internal const int ShortestKey = 16;

    /// <summary>The key that may do everything; at least 16 characters.</summary>
    public string AdminKey { get; set; } = "";
}
