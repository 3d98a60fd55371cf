namespace LaunchStack.Usage.Instances;

/// <summary>What a client calls an instance: its name, or its container's id.</summary>
/// <param name="Owner">Among the instances of this user; null: among all.</param>
/// <param name="Name">The name.</param>
public readonly record struct InstanceName(Guid? Owner, string Name);
