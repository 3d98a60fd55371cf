namespace LaunchStack.Dashboard.Resources;

/// <summary>Places resources in columns: each right of all it waits for.</summary>
internal sealed class GraphLayout
{
    public const int BoxWidth = 170, BoxHeight = 52;
    private const int StepX = 230, StepY = 76, Margin = 16;

    public GraphLayout(IReadOnlyList<ResourceSnapshot> resources)
    {
        var byName = resources.ToDictionary(r => r.Name);
        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var resource in resources) Column(resource.Name, byName, columns, []);
        var rows = new Dictionary<int, int>();
        foreach (var resource in resources.OrderBy(r => columns[r.Name]).ThenBy(r => r.Name, StringComparer.Ordinal))
        {
            var column = columns[resource.Name];
            var row = rows.GetValueOrDefault(column);
            rows[column] = row + 1;
            Places[resource.Name] = (Margin + (column * StepX), Margin + (row * StepY));
        }

        Width = Places.Count == 0 ? 0 : Places.Values.Max(p => p.X) + BoxWidth + Margin;
        Height = Places.Count == 0 ? 0 : Places.Values.Max(p => p.Y) + BoxHeight + Margin;
    }

    public Dictionary<string, (int X, int Y)> Places { get; } = new(StringComparer.Ordinal);
    public int Width { get; }
    public int Height { get; }

    private static int Column(string name, Dictionary<string, ResourceSnapshot> all, Dictionary<string, int> known, HashSet<string> above)
    {
        if (known.TryGetValue(name, out var column)) return column;
        // A circle cannot be placed; an app host refuses it, and here it must not end the page.
        if (!above.Add(name)) return 0;
        foreach (var wait in all[name].WaitsFor ?? [])
            if (all.ContainsKey(wait.Name)) column = Math.Max(column, Column(wait.Name, all, known, above) + 1);
        above.Remove(name);
        return known[name] = column;
    }
}
