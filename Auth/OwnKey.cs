namespace LaunchStack.Auth;

/// <summary>What the key of a request may do.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="Scopes">See <see cref="Auth.Scopes"/>.</param>
/// <param name="UserId">Bound to the instances of this user.</param>
/// <param name="InstanceId">Bound to this instance.</param>
/// <param name="ExpiresAt">From when on it is void.</param>
public sealed record OwnKey(string Name, IReadOnlyList<string> Scopes, Guid? UserId, Guid? InstanceId, DateTimeOffset? ExpiresAt);
