namespace LaunchStack.Usage.Instances;

/// <summary>Which instances of a request are not plainly registered.</summary>
/// <param name="Foreign">Those of another user.</param>
/// <param name="Missing">Those that nobody has registered.</param>
/// <param name="Deleted">Those that were deleted.</param>
public sealed record InstanceCheck(IReadOnlySet<Guid> Foreign, IReadOnlySet<Guid> Missing, IReadOnlySet<Guid> Deleted)
{
    /// <summary>All are.</summary>
    public static InstanceCheck AllKnown { get; } = new(new HashSet<Guid>(), new HashSet<Guid>(), new HashSet<Guid>());
}
