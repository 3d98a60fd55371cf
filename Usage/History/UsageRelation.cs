namespace LaunchStack.Usage.History;

/// <summary>Something that samples can be read from: the raw table or a rollup.</summary>
/// <param name="Name">Table or view.</param>
/// <param name="Resolution">Length of its buckets; zero for raw samples.</param>
/// <param name="AvailableFrom">What is older has been dropped; null when nothing has.</param>
internal sealed record UsageRelation(string Name, TimeSpan Resolution, DateTimeOffset? AvailableFrom = null)
{
    /// <summary>
    /// Where rows of it lack what is in finer relations: samples that came below the watermark and wait for a refresh. Whole buckets,
    /// in order of time, apart from each other.
    /// </summary>
    public IReadOnlyList<TimeWindow> Stale { get; init; } = [];

    /// <summary>The table that holds what has been materialized of a rollup, and its end; null: the view is read, which adds the rest.</summary>
    public (string Table, DateTimeOffset End)? Materialized { get; init; }

    /// <summary>What a query reads.</summary>
    public string Source => Materialized?.Table ?? Name;

    public bool IsRaw => Resolution == TimeSpan.Zero;

    public bool Holds(DateTimeOffset time) => AvailableFrom is not { } since || time >= since;
}
