using LaunchStack.Auth;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Whose series a request brings: what its key is bound to. Owners share nothing, neither series nor names nor reports.</summary>
/// <param name="User">The user; null for a key of no user.</param>
/// <param name="Instance">The only instance; null for a key of several.</param>
internal readonly record struct SeriesOwner(Guid? User, Guid? Instance)
{
    /// <summary>Keys that are bound to nothing.</summary>
    public static readonly SeriesOwner Platform;

    /// <summary>The owner of a request's key.</summary>
    public static SeriesOwner Of(HttpContext http) =>
        KeyIdentity.Of(http) is { } key ? new(key.UserId, key.InstanceId) : Platform;
}
