namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What must be forgotten together: the series of one group, and all groups of a series that fills several columns.</summary>
internal static class SeriesFamily
{
    /// <summary>The families of some series; the key of one that fills no column is the series itself.</summary>
    public static IEnumerable<IGrouping<object, T>> Of<T>(IEnumerable<T> entries, Func<T, Series> seriesOf)
    {
        var roots = new Dictionary<SumGroup, SumGroup>();
        foreach (var series in entries.Select(seriesOf))
        {
            foreach (var group in GroupsOf(series).Skip(1))
                roots[Root(group)] = Root(series.Group!);
        }
        return entries.GroupBy(entry => seriesOf(entry) is { Group: { } group } ? Root(group) : (object)seriesOf(entry));

        SumGroup Root(SumGroup group)
        {
            while (roots.TryGetValue(group, out var root) && root != group)
                group = root;
            return group;
        }
    }

    /// <summary>The groups of a series, one a column.</summary>
    public static IEnumerable<SumGroup> GroupsOf(Series series)
    {
        for (var one = series; one?.Group is { } group; one = one.Also)
            yield return group;
    }
}
