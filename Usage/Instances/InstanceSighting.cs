namespace LaunchStack.Usage.Instances;

/// <summary>An instance that a request brings samples of.</summary>
/// <param name="Id">The instance.</param>
/// <param name="Newest">Time of its newest sample in the request, in <see cref="Samples.PostgresTime"/>.</param>
/// <param name="User">Who may speak for it: its owner; null: anybody.</param>
public readonly record struct InstanceSighting(Guid Id, long Newest, Guid? User);
