using LaunchStack.Auth;
using LaunchStack.Usage.History;

namespace LaunchStack.Aggregator.Alerts;

/// <summary>Whose alerts a key may see: a user's, an instance's, or everybody's.</summary>
/// <param name="UserId">Bound to this user.</param>
/// <param name="InstanceId">Bound to this instance.</param>
internal sealed record Viewer(Guid? UserId, Guid? InstanceId)
{
    public static readonly Viewer Everybody = new(null, null);

    public static Viewer Of(HttpContext http) => KeyIdentity.Of(http) is { } key ? new(key.UserId, key.InstanceId) : Everybody;

    /// <summary>Whether the key is bound.</summary>
    public bool IsBound => UserId is not null || InstanceId is not null;

    /// <summary>Whether the key may ask about a user and an instance; null: not asked about.</summary>
    public async Task<bool> MaySeeAsync(Guid? user, Guid? instance, UsageReader reader, CancellationToken cancellationToken) =>
        (user is null || !IsBound || user == UserId)
        && (instance is not { } asked || (InstanceId is { } own ? own == asked : UserId is not { } owner || await reader.IsOwnedAsync(asked, owner, cancellationToken)));
}
