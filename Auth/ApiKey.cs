namespace LaunchStack.Auth;

/// <summary>A key as the database keeps it, without the key.</summary>
/// <param name="Id">Names it in <c>DELETE /v1/keys/{id}</c>.</param>
/// <param name="Name">Says what it is for.</param>
/// <param name="Scopes">See <see cref="Auth.Scopes"/>.</param>
/// <param name="UserId">Bound to the instances of this user.</param>
/// <param name="InstanceId">Bound to this instance.</param>
/// <param name="RegistersInstances">Whether unknown instances are registered by their first sample.</param>
/// <param name="SamplesPerSecond">Sustained rate; null: none set.</param>
/// <param name="Burst">Samples that may come at once; null: ten seconds of the rate.</param>
/// <param name="NewInstancesPerDay">Registrations within 24 hours; null: none set.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">From when on it is void.</param>
/// <param name="RevokedAt">When it was revoked.</param>
/// <param name="LastUsedAt">To the minute.</param>
public sealed record ApiKey(
    Guid Id,
    string Name,
    IReadOnlyList<string> Scopes,
    Guid? UserId,
    Guid? InstanceId,
    bool RegistersInstances,
    int? SamplesPerSecond,
    int? Burst,
    int? NewInstancesPerDay,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt);
