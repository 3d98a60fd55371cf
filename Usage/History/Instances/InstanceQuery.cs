namespace LaunchStack.Usage.History;

/// <summary>What of the list of instances is asked for. Members that are null leave nothing out.</summary>
public sealed record InstanceQuery
{
    /// <summary>Part of the name, in any case.</summary>
    public string? Search { get; init; }

    /// <summary>The state as registered.</summary>
    public string? State { get; init; }

    /// <summary>The state as heard of, see <see cref="InstanceSummary.Liveness"/>.</summary>
    public string? Liveness { get; init; }

    /// <summary>The owner.</summary>
    public Guid? User { get; init; }

    /// <summary>This one alone.</summary>
    public Guid? Only { get; init; }

    /// <summary>The order.</summary>
    public InstanceOrder Order { get; init; } = new(InstanceSort.Id);

    /// <summary>Most instances of the page.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the page before ended; it must be of the same order.</summary>
    public InstanceCursor? After { get; init; }
}
