namespace LaunchStack.Web.SignIn;

/// <summary>Section <c>Web</c>.</summary>
internal sealed class WebOptions
{
    public const string Section = "Web";

    /// <summary>The key that the login link signs in with.</summary>
    public string AdminKey { get; set; } = "";

    /// <summary>The token of the login link; empty: there is no link.</summary>
    public string LoginToken { get; set; } = "";

    /// <summary>Where the keys that encrypt cookies are kept, and which login link was used; empty: the user's own folder, and memory.</summary>
    public string StateDirectory { get; set; } = "";
}
