namespace LaunchStack.Usage.History;

/// <summary>The order of a list of instances; those equal in it are in order of id, those without a value come last either way.</summary>
/// <param name="Sort">By what.</param>
/// <param name="Descending">The greatest first.</param>
public readonly record struct InstanceOrder(InstanceSort Sort, bool Descending = false)
{
    private static readonly Dictionary<string, InstanceSort> Sorts = new(StringComparer.Ordinal)
    {
        ["id"] = InstanceSort.Id,
        ["name"] = InstanceSort.Name,
        ["last_seen"] = InstanceSort.LastSeen,
        ["cpu_usage"] = InstanceSort.CpuUsage,
        ["memory_usage"] = InstanceSort.MemoryUsage,
        ["memory_percentage"] = InstanceSort.MemoryPercentage,
        ["disk_usage"] = InstanceSort.DiskUsage,
    };

    /// <summary>The names, ascending.</summary>
    public static IEnumerable<string> Names => Sorts.Keys;

    /// <summary>The name, with a minus before it where it is descending.</summary>
    public override string ToString()
    {
        var sort = Sort;
        return (Descending ? "-" : "") + Sorts.First(s => s.Value == sort).Key;
    }

    /// <summary>Reads a name.</summary>
    public static bool TryParse(string text, out InstanceOrder order)
    {
        ArgumentNullException.ThrowIfNull(text);
        var descending = text.StartsWith('-');
        var known = Sorts.TryGetValue(descending ? text[1..] : text, out var sort);
        order = new(sort, descending);
        return known;
    }
}
