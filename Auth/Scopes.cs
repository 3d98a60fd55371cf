namespace LaunchStack.Auth;

/// <summary>What a key may do; also the names of the authorization policies.</summary>
public static class Scopes
{
    /// <summary>Claim type.</summary>
    public const string Claim = "scope";

    /// <summary>Write samples.</summary>
    public const string Ingest = "ingest";

    /// <summary>Read history.</summary>
    public const string Read = "read";

    /// <summary>Register instances, manage keys; includes the others.</summary>
    public const string Admin = "admin";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Ingest, Read, Admin];
}
