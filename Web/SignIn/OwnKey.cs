namespace LaunchStack.Web.SignIn;

/// <summary>What a key may do, as <c>GET /v1/key</c> answers it.</summary>
internal sealed record OwnKey(string Name, IReadOnlyList<string> Scopes, Guid? UserId, Guid? InstanceId, DateTimeOffset? ExpiresAt);
