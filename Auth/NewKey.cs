namespace LaunchStack.Auth;

/// <summary>Body of <c>POST /v1/keys</c>; absent members as in <see cref="ApiKey"/>.</summary>
public sealed record NewKey(
    string? Name,
    IReadOnlyList<string>? Scopes,
    Guid? UserId,
    Guid? InstanceId,
    bool? RegistersInstances,
    int? SamplesPerSecond,
    int? Burst,
    int? NewInstancesPerDay,
    DateTimeOffset? ExpiresAt);
