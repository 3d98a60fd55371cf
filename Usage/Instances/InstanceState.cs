namespace LaunchStack.Usage.Instances;

/// <summary>An instance as the database has it.</summary>
/// <param name="Owner">Its user, if it has one.</param>
/// <param name="IsDeleted">Registered once, and not any more.</param>
public readonly record struct InstanceState(Guid? Owner, bool IsDeleted);
