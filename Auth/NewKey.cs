using System.Text.Json.Serialization;

namespace LaunchStack.Auth;

/// <summary>Body of <c>POST /v1/keys</c>; absent members as in <see cref="ApiKey"/>. A member that is misspelt would be a limit that the key has not.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
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
