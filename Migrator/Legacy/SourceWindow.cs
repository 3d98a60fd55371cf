namespace LaunchStack.Migrator.Legacy;

/// <summary>A part of the samples that is moved and verified at once: a span of time within one chunk of the target.</summary>
/// <param name="Start">Inclusive; <see cref="Outside"/> for the rows whose time is missing or out of range.</param>
/// <param name="End">Exclusive.</param>
/// <param name="Rows">Rows of the original in it.</param>
/// <param name="Version">Sum of the hashes of these rows: another one means that something has changed.</param>
/// <param name="Blocks">Where they lie in the original's table: ranges of blocks, end exclusive. Empty: anywhere.</param>
internal sealed record SourceWindow(DateTime Start, DateTime End, long Rows, decimal Version, IReadOnlyList<(long From, long To)> Blocks)
{
    /// <summary>Start of the window that holds what has no place in time; -infinity in the database.</summary>
    public static readonly DateTime Outside = DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc);

    /// <summary>A window that the original has no row in any more: nothing is read for it.</summary>
    public static SourceWindow Gone(DateTime start, DateTime end) => new(start, end, 0, 0, [(0, 0)]);

    /// <summary>About what it takes in our memory, and the times at which it is cut so that no part takes too much.</summary>
    public long Bytes { get; init; }

    public IReadOnlyList<DateTime> Cuts { get; init; } = [];

    /// <summary>What is read at once: samples of one instant are in one part. Rows without a place in time go by where they lie.</summary>
    public IReadOnlyList<SourceWindow> Parts => IsOutside ? [.. SourceScan.Split(Blocks, Bytes).Select(blocks => this with { Blocks = blocks })]
        : Cuts.Count == 0 ? [this]
        : [.. Cuts.Prepend(Start).Zip(Cuts.Append(End), (start, end) => this with { Start = start, End = end, Rows = Rows / (Cuts.Count + 1), Cuts = [] })];

    public bool IsGone => Blocks is [(0, 0)];

    public bool IsOutside => Start == Outside;
}
