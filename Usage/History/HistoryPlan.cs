namespace LaunchStack.Usage.History;

/// <summary>
/// Which relations answer a range: the coarsest rollup that is fine enough for the buckets, and at both ends, where the range does
/// not start or end with that rollup's buckets, wherever it is stale, and what it has not materialized, the finer ones down to the samples. So the answer is exact
/// for any range, at any time.
/// </summary>
/// <param name="Width">Length of a bucket of the answer.</param>
/// <param name="Segments">In order of time, without overlap.</param>
internal sealed record HistoryPlan(TimeSpan Width, IReadOnlyList<HistorySegment> Segments)
{
    /// <summary>Whether the other one reads the same, in the same buckets.</summary>
    public bool ReadsAs(HistoryPlan other) => Width == other.Width
        && Segments.Select(segment => (segment.Relation.Source, segment.From, segment.To))
            .SequenceEqual(other.Segments.Select(segment => (segment.Relation.Source, segment.From, segment.To)));

    /// <param name="from">Start, inclusive.</param>
    /// <param name="to">End, exclusive.</param>
    /// <param name="points">Most buckets.</param>
    /// <param name="relations">Finest (raw) first.</param>
    /// <param name="finest">Shortest bucket; zero: as fine as the range and the points have it.</param>
    public static HistoryPlan Of(DateTimeOffset from, DateTimeOffset to, int points, IReadOnlyList<UsageRelation> relations, TimeSpan finest = default)
    {
        // What still holds the start of the range decides how fine the answer can be.
        var held = (relations.FirstOrDefault(r => r.Holds(from)) ?? relations[^1]).Resolution;
        var width = TimeBucket.Width(from, to, points, held > finest ? held : finest);
        var usable = relations.Where(r => r.Resolution <= width).ToList();

        var segments = new List<HistorySegment>();
        Cover(from, to, usable.Count - 1);
        return new(width, segments);

        void Cover(DateTimeOffset start, DateTimeOffset end, int level)
        {
            if (start >= end)
                return;
            var relation = usable[level];
            if (relation.IsRaw || level == 0)
            {
                Add(relation, start, end);
                return;
            }

            // Whole buckets only; where the finer relation has been dropped, the bucket that the range cuts is taken whole.
            var finer = usable[level - 1];
            var first = finer.Holds(start) ? TimeBucket.Ceiling(start, relation.Resolution) : TimeBucket.Floor(start, relation.Resolution);
            var last = finer.Holds(TimeBucket.Floor(end, relation.Resolution))
                ? TimeBucket.Floor(end, relation.Resolution)
                : TimeBucket.Ceiling(end, relation.Resolution);
            if (relation.Materialized is { } materialized && materialized.End < last)
                last = TimeBucket.Floor(materialized.End, relation.Resolution);
            if (first >= last)
            {
                Cover(start, end, level - 1);
                return;
            }
            Cover(start, first, level - 1);
            foreach (var stale in relation.Stale)
            {
                // Where the finer relation has been dropped, this one is the only copy.
                var window = stale.Clip(finer.AvailableFrom is { } since ? TimeBucket.Ceiling(since, relation.Resolution) : null, last).Clip(first, last);
                if (window.IsEmpty)
                    continue;
                Add(relation, first, window.From);
                Cover(window.From, window.To, level - 1);
                first = window.To;
            }
            Add(relation, first, last);
            Cover(last, end, level - 1);
        }

        void Add(UsageRelation relation, DateTimeOffset start, DateTimeOffset end)
        {
            if (start < end)
                segments.Add(new(relation, start, end));
        }
    }
}
