using LaunchStack.Auth;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.History;

namespace LaunchStack.Aggregator.Reading;

/// <summary>Who asks: with a user's key for what is the user's, with an instance's key for the instance, with any other for everything.</summary>
/// <param name="UserId">Bound to this user.</param>
/// <param name="InstanceId">Bound to this instance.</param>
internal sealed record Viewer(Guid? UserId, Guid? InstanceId)
{
    public static readonly Viewer Everybody = new(null, null);

    /// <summary>Whether the key is bound.</summary>
    public bool IsBound => UserId is not null || InstanceId is not null;

    /// <summary>Called by the framework for a parameter of this type.</summary>
    public static ValueTask<Viewer> BindAsync(HttpContext http) =>
        ValueTask.FromResult(KeyIdentity.Of(http) is { } key ? new Viewer(key.UserId, key.InstanceId) : Everybody);

    /// <summary>The refusal. It does not say whether there is what was asked for.</summary>
    public static RequestException Forbidden() => new(StatusCodes.Status403Forbidden, "The key may not read what was asked for.");

    /// <summary>Whether the key may see all that is a user's; null: all users'.</summary>
    public bool MaySeeUser(Guid? user) => InstanceId is null && (UserId is null || UserId == user);

    /// <summary>Whether the key may see days of an instance: a user's key is shown those that were its user's.</summary>
    public bool MaySeeDaysOf(Guid instance) => InstanceId is null || InstanceId == instance;

    /// <summary>Refuses a key that may not ask about a user and an instance; null: not asked about.</summary>
    /// <exception cref="RequestException">403.</exception>
    public async Task RequireAsync(Guid? user, Guid? instance, UsageReader reader, CancellationToken cancellationToken)
    {
        var maySee = (user is null || MaySeeUser(user))
            && (instance is not { } asked || (InstanceId is { } own ? own == asked : UserId is not { } owner || await reader.IsOwnedAsync(asked, owner, cancellationToken)));
        if (!maySee)
            throw Forbidden();
    }
}
