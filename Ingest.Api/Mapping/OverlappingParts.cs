namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>The parts of one step, and the most that they add up to at one moment.</summary>
internal sealed class OverlappingParts
{
    private readonly List<(Series Series, SeriesPart Part, long End)> _parts = [];

    public int Count => _parts.Count;

    public void Clear() => _parts.Clear();

    /// <summary>Adds a part.</summary>
    /// <param name="series">Whose it is.</param>
    /// <param name="part">The part.</param>
    /// <param name="end">When it ended within the step; <see cref="long.MaxValue"/> where it has not.</param>
    public void Add(Series series, in SeriesPart part, long end) => _parts.Add((series, part, end));

    /// <summary>Whose is not of the first one's time; null where all are of one reading.</summary>
    public (Series, Series)? OfTwoReadings()
    {
        foreach (var part in _parts)
        {
            if (part.Part.IsApartFrom(_parts[0].Part))
                return (_parts[0].Series, part.Series);
        }
        return null;
    }

    /// <summary>Leaves out those of a pair that some of the rules have none of.</summary>
    public void KeepPairs(int rules)
    {
        var whole = _parts.GroupBy(part => part.Series.Pair)
            .Where(pair => pair.DistinctBy(part => part.Series.Rule!.Index).Count() == rules)
            .Select(pair => pair.Key).ToHashSet();
        _parts.RemoveAll(part => !whole.Contains(part.Series.Pair));
    }

    /// <summary>The greatest sum at one moment: one that has ended and one that took its place after it were never there at once.</summary>
    public double GreatestAtOnce()
    {
        var sum = 0.0;
        var ended = false;
        foreach (var part in _parts)
        {
            sum += part.Part.Value;
            ended |= part.End != long.MaxValue;
        }
        return ended ? GreatestOfSweep() : sum;
    }

    // The sum rises where a part begins only.
    private double GreatestOfSweep()
    {
        int[] byStart = [.. Enumerable.Range(0, _parts.Count).OrderBy(part => _parts[part].Part.First)];
        int[] byEnd = [.. Enumerable.Range(0, _parts.Count).OrderBy(part => _parts[part].End)];
        var running = new RunningSum(_parts.Count);
        var (started, ended, greatest) = (0, 0, double.NegativeInfinity);
        while (started < byStart.Length)
        {
            var time = _parts[byStart[started]].Part.First;
            while (_parts[byEnd[ended]].End <= time)
                running.Set(byEnd[ended++], 0);
            for (; started < byStart.Length && _parts[byStart[started]].Part.First == time; started++)
                running.Set(byStart[started], _parts[byStart[started]].Part.Value);
            greatest = Math.Max(greatest, running.Total);
        }
        return greatest;
    }
}
