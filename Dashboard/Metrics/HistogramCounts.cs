namespace LaunchStack.Dashboard.Metrics;

/// <summary>Counts per bucket; bucket i ends at bound i, the last has no end. Bounds are shared between points when they are equal.</summary>
internal sealed record HistogramCounts(ulong Count, double[] Bounds, ulong[] Counts)
{
    /// <summary>What came in between an earlier point and this one; this one whole when the counter was reset in between.</summary>
    public HistogramCounts Since(HistogramCounts? earlier)
    {
        if (earlier is null || earlier.Count > Count || !earlier.Bounds.AsSpan().SequenceEqual(Bounds)) return this;
        var counts = new ulong[Counts.Length];
        for (var i = 0; i < counts.Length; i++) counts[i] = Counts[i] >= earlier.Counts[i] ? Counts[i] - earlier.Counts[i] : Counts[i];
        return new(Count - earlier.Count, Bounds, counts);
    }

    /// <summary>Both together; where the bounds differ they cannot be, and the larger stands for both.</summary>
    public HistogramCounts Plus(HistogramCounts other)
    {
        if (!other.Bounds.AsSpan().SequenceEqual(Bounds) || other.Counts.Length != Counts.Length) return other.Count > Count ? other : this;
        var counts = new ulong[Counts.Length];
        for (var i = 0; i < counts.Length; i++) counts[i] = Counts[i] + other.Counts[i];
        return new(Count + other.Count, Bounds, counts);
    }

    /// <summary>The value below which this part (0 to 1) lies, drawn straight through its bucket; null when empty.</summary>
    public double? Percentile(double part)
    {
        double total = 0;
        foreach (var count in Counts) total += count;
        if (total == 0) return null;
        double wanted = part * total, seen = 0;
        for (var i = 0; i < Counts.Length; i++)
        {
            if (Counts[i] == 0) continue;
            if (seen + Counts[i] >= wanted)
            {
                // The last bucket has no end: its start is all that is known.
                if (i >= Bounds.Length) return Bounds.Length > 0 ? Bounds[^1] : null;
                var from = i == 0 ? Math.Min(0, Bounds[0]) : Bounds[i - 1];
                return from + (Bounds[i] - from) * Math.Max(0, wanted - seen) / Counts[i];
            }

            seen += Counts[i];
        }

        return Bounds.Length > 0 ? Bounds[^1] : null;
    }
}
