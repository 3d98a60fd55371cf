namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Whose series a request brings.</summary>
internal static class SeriesOwner
{
    /// <summary>Claim of a key that is bound to a user.</summary>
    public const string Claim = "user";

    /// <summary>The user that the request's key is bound to; empty for a key of the platform.</summary>
    public static Guid Of(HttpContext http) =>
        Guid.TryParse(http.User.FindFirst(Claim)?.Value, out var owner) ? owner : Guid.Empty;
}
