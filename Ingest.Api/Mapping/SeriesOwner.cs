using LaunchStack.Auth;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Whose series a request brings.</summary>
internal static class SeriesOwner
{
    /// <summary>The user that the request's key is bound to; empty for a key of the platform or of one instance.</summary>
    public static Guid Of(HttpContext http) => KeyIdentity.Of(http)?.UserId ?? Guid.Empty;
}
