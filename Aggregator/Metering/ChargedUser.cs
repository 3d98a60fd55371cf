namespace LaunchStack.Aggregator.Metering;

/// <summary>A user whom usage is charged to.</summary>
/// <param name="UserId">The user.</param>
/// <param name="LatestStatement">The newest; null: there is none yet.</param>
public sealed record ChargedUser(Guid UserId, FrozenStatement? LatestStatement);
