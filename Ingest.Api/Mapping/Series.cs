namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>A series seen before: where its values go, and what has to be remembered of them.</summary>
internal sealed class Series
{
    private readonly Lock _gate = new();
    private SeriesState _state = SeriesState.Empty;

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
        group.Add(this);
    }

    /// <summary>A series that fills none.</summary>
    /// <param name="description">What its client calls it.</param>
    /// <param name="reason">Why; null when a rule ignores it.</param>
    public Series(SeriesDescription description, UnmappedReason? reason)
    {
        Description = description;
        Reason = reason;
    }

    public SeriesDescription Description { get; }

    /// <summary>Why it fills no column, null where it does or a rule ignores it.</summary>
    public UnmappedReason? Reason { get; }

    public CompiledRule? Rule { get; }

    /// <summary>The series whose values are added up with this one's; null where it fills no column.</summary>
    public SumGroup? Group { get; }

    /// <summary>The same series in another column, null when there is none.</summary>
    public Series? Also { get; }

    /// <summary>When it was last looked up, for the eviction of idle series. A torn or lost update does no harm.</summary>
    public long LastUsed { get; set; }

    /// <summary>What is remembered after the last committed request.</summary>
    public SeriesState State
    {
        get
        {
            lock (_gate)
                return _state;
        }
    }

    /// <summary>Remembers what a committed request brought, unless a later one was faster.</summary>
    public void Commit(in SeriesState state)
    {
        lock (_gate)
        {
            if (state.Time > _state.Time)
                _state = state;
        }
    }
}
