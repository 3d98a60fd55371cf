namespace LaunchStack.Usage.History;

/// <summary>Something that samples can be read from: the raw table or a rollup.</summary>
/// <param name="Name">Table or view.</param>
/// <param name="Resolution">Length of its buckets; zero for raw samples.</param>
/// <param name="AvailableFrom">What is older has been dropped; null when nothing has.</param>
internal sealed record UsageRelation(string Name, TimeSpan Resolution, DateTimeOffset? AvailableFrom = null)
{
    public bool IsRaw => Resolution == TimeSpan.Zero;

    public bool Holds(DateTimeOffset time) => AvailableFrom is not { } since || time >= since;
}
