namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>A series seen before: where its values go, and what has to be remembered of them.</summary>
internal sealed class Series
{
    private SeriesState _state = SeriesState.Empty;
    private long _lastUsed;
    private bool _isForgotten;

    /// <summary>A series that fills a column.</summary>
    /// <param name="description">What its client calls it.</param>
    /// <param name="rule">The rule that says so.</param>
    /// <param name="group">What it is a part of.</param>
    /// <param name="also">The same series in another column.</param>
    public Series(SeriesDescription description, CompiledRule rule, SumGroup group, Series? also = null)
    {
        Description = description;
        Rule = rule;
        Group = group;
        Also = also;
        if (also is not null)
            also.IsAlso = true;
    }

    /// <summary>A series that fills none.</summary>
    /// <param name="description">What its client calls it.</param>
    /// <param name="reason">Why; null when a rule ignores it.</param>
    public Series(SeriesDescription description, UnmappedReason? reason)
    {
        Description = description;
        Reason = reason;
    }

    /// <summary>What its protocol does not allow.</summary>
    /// <param name="source">The protocol.</param>
    /// <param name="name">Words by which its sender finds it.</param>
    /// <param name="refusal">Why, a sentence for its sender.</param>
    public Series(WireProtocol source, string name, string refusal)
    {
        Description = new(source, name, []);
        Refusal = refusal;
    }

    /// <summary>What its client calls it; without the labels' values where nobody may see them.</summary>
    public SeriesDescription Description { get; }

    /// <summary>Why it fills no column, null where it does or a rule ignores it.</summary>
    public UnmappedReason? Reason { get; }

    /// <summary>Why its values are refused; null where they are not.</summary>
    public string? Refusal { get; }

    public CompiledRule? Rule { get; }

    /// <summary>The series whose values are added up with this one's; null where it fills no column.</summary>
    public SumGroup? Group { get; }

    /// <summary>The same series in another column, null when there is none.</summary>
    public Series? Also { get; }

    /// <summary>Whether it is the same series in another column, whose values count once.</summary>
    public bool IsAlso { get; private set; }

    /// <summary>What it has in common with those of its group that it counts with only, such as a total with its free part.</summary>
    public SeriesKey Pair { get; init; }

    /// <summary>The newest request when it was last looked up (<see cref="SeriesCatalog.Open"/>), for the eviction of idle series.</summary>
    public long LastUsed
    {
        get => Volatile.Read(ref _lastUsed);
        set => Volatile.Write(ref _lastUsed, value);
    }

    /// <summary>Whether it is evicted, or may be in a moment: it must be looked up again then.</summary>
    public bool IsForgotten
    {
        get => Volatile.Read(ref _isForgotten);
        set => Volatile.Write(ref _isForgotten, value);
    }

    /// <summary>What is remembered after the last committed request; changed by <see cref="SumGroup"/> only.</summary>
    public SeriesState State
    {
        get => Volatile.Read(ref _state);
        set => Volatile.Write(ref _state, value);
    }
}
