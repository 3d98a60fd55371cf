namespace LaunchStack.Usage.Instances;

/// <summary>A registered instance.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Name">Shown to people.</param>
/// <param name="UserId">Its owner, if it has one.</param>
public sealed record Instance(Guid Id, string Name, Guid? UserId);
