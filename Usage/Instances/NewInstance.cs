namespace LaunchStack.Usage.Instances;

/// <summary>An instance to be registered.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Name">Shown to people; null: made from the id.</param>
/// <param name="UserId">Its owner; null: none.</param>
public sealed record NewInstance(Guid Id, string? Name, Guid? UserId);
