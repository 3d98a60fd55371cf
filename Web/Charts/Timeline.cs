namespace LaunchStack.Web.Charts;

/// <summary>Two histories over one row of moments. In a gap there is at least one moment without a value, which breaks the line.</summary>
/// <param name="Times">Seconds since 1970, ascending.</param>
/// <param name="Own">A bucket a moment.</param>
/// <param name="Other">The compared one's.</param>
internal sealed record Timeline(IReadOnlyList<double> Times, IReadOnlyList<UsageBucket?> Own, IReadOnlyList<UsageBucket?> Other)
{
    public static Timeline Of(IReadOnlyList<UsageBucket> own, IReadOnlyList<Gap> gaps, Compared? compared)
    {
        var moments = new SortedDictionary<DateTimeOffset, UsageBucket?>();
        foreach (var bucket in own)
            moments[bucket.Timestamp] = bucket;
        foreach (var gap in gaps)
            moments.TryAdd(gap.From + ((gap.To - gap.From) / 2), null);

        var shifted = compared?.Buckets.Select(b => (At: b.Timestamp + compared.Shift, Bucket: b)).ToList() ?? [];
        // Outside of gaps it is drawn at the moments of the first: another moment there would break the first one's line.
        foreach (var (at, _) in shifted.Where(s => own.Count == 0 || gaps.Any(gap => gap.From <= s.At && s.At < gap.To)))
            moments.TryAdd(at, null);

        var step = Gaps.Step(compared?.Buckets ?? [], TimeSpan.FromSeconds(30));
        var times = moments.Keys.ToList();
        var next = 0;
        var other = new List<UsageBucket?>(times.Count);
        foreach (var time in times)
        {
            while (next + 1 < shifted.Count && (shifted[next + 1].At - time).Duration() <= (shifted[next].At - time).Duration())
                next++;
            other.Add(next < shifted.Count && (shifted[next].At - time).Duration() <= step ? shifted[next].Bucket : null);
        }
        return new([.. times.Select(time => time.ToUnixTimeMilliseconds() / 1000d)], [.. moments.Values], other);
    }
}
