namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// A request's sum of one group, step by step. A step's sum adds up, of each member, the greatest part that it has within the step, in whatever
/// requests these came: so neither order nor repetition matters.
/// </summary>
internal abstract class GroupSum
{
    // Parts that one sum keeps: a late one costs a look at all of them.
    private const int MaxParts = 32_768;

    private readonly int _firstState;

    /// <summary>Begins a group's sum.</summary>
    /// <param name="group">The group.</param>
    /// <param name="states">The states of the request's series.</param>
    /// <param name="steps">How many steps the request has.</param>
    /// <param name="mostRemembered">How many there is memory for.</param>
    protected GroupSum(SumGroup group, RequestStates states, int steps, int mostRemembered)
    {
        (Group, Seen, States, _firstState) = (group, group.Read(), states, states.Count);
        Pace = Seen.Pace.Remember(steps, Math.Min(mostRemembered, MaxParts / Math.Max(1, Seen.Members.Length)));
        Apart = Seen.Apart;
    }

    public SumGroup Group { get; }

    /// <summary>The instance that it is of.</summary>
    public Guid Instance => Seen.Instance;

    /// <summary>How far the sum has come.</summary>
    public SumPace Pace { get; protected set; }

    /// <summary>The states of the group's series so far.</summary>
    public ReadOnlySpan<(Series Series, SeriesState State)> Own => States.All[_firstState..];

    /// <summary>Two members that are read at different times; null where none are known.</summary>
    public (Series One, Series Other)? Apart { get; protected set; }

    protected SumSnapshot Seen { get; }

    protected RequestStates States { get; }

    /// <summary>The step that is worked on.</summary>
    protected long Step { get; private set; }

    /// <summary>What becomes of <see cref="SumSnapshot.Base"/>, <see cref="SumSnapshot.Stored"/> and <see cref="SumSnapshot.Held"/>.</summary>
    protected virtual (long Base, StoredSum? Stored, double Held) Counted => (Seen.Base, Seen.Stored, Seen.Held);

    /// <summary>Goes on to a step; those of a request come in order, and so do those after <see cref="Reopen"/>.</summary>
    public virtual void Begin(long step, ReadOnlySpan<SeriesPoint> points) => Step = step;

    /// <summary>Takes a value in.</summary>
    /// <returns>Why it contributes nothing; null where it does.</returns>
    public abstract UnmappedReason? Add(in SeriesPoint point);

    /// <summary>Notes that a series has ended; what counters have counted stays.</summary>
    public void End(in SeriesPoint point) => States.Own(point.Series).End(point.Time);

    /// <summary>The sum of the step.</summary>
    /// <returns>Why there is none; null where there is.</returns>
    public abstract UnmappedReason? Total(out double total);

    /// <summary>The sums of later steps, which a counter's late value has raised.</summary>
    public virtual IEnumerable<(long Step, double Value)> Raised() => [];

    /// <summary>The steps that have a sum, and in which a member is known to be since the request brought its next value.</summary>
    public virtual IEnumerable<long> Bridged() => [];

    /// <summary>Goes back to steps whose sums may have changed, all that begin from here on and up to there.</summary>
    public virtual void Reopen(long from, long to)
    {
    }

    /// <summary>Ends a group's sum.</summary>
    /// <param name="points">Where its values stand in the request.</param>
    /// <param name="stepLength">Length of a step.</param>
    public GroupWork Close(Range points, long stepLength)
    {
        var (first, stored, held) = Counted;
        return new(Group, Seen, first, stored, held, Pace, Apart, Pace.SilentFrom(stepLength), points, _firstState..States.Count);
    }
}
