namespace LaunchStack.Web.Keys;

/// <summary>A key as Ingest.Api lists it.</summary>
internal sealed record KeyRow(
    Guid Id, string Name, IReadOnlyList<string> Scopes, Guid? UserId, Guid? InstanceId, int? SamplesPerSecond, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt);
