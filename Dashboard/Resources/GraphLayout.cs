using System.Globalization;
using System.Text;

namespace LaunchStack.Dashboard.Resources;

/// <summary>
/// Places resources in columns, each right of all it waits for. A line over several columns keeps a free place in those between, so
/// that it runs behind no box.
/// </summary>
internal sealed class GraphLayout
{
    public const int BoxWidth = 180, BoxHeight = 54;
    private const int StepX = 270, StepY = 78, Margin = 16;

    private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Name, int Column), int> _rows = [];

    public GraphLayout(IReadOnlyList<ResourceSnapshot> resources)
    {
        // Who waits for a resource with replicas waits for each of them.
        var known = resources.SelectMany(r => new[] { r.Name, r.Parent ?? "" }.Select(name => (Name: name, Resource: r))).ToLookup(p => p.Name, p => p.Resource);
        foreach (var resource in resources) Column(resource, known, []);
        var waits = resources.SelectMany(r => (r.WaitsFor ?? []).SelectMany(w => known[w.Name].Select(k => (From: k.Name, To: r.Name, w.Until))))
            .Where(w => _columns[w.From] < _columns[w.To]).ToArray();
        // How far to the right the lines of a resource reach.
        var reach = waits.GroupBy(w => w.From).ToDictionary(g => g.Key, g => g.Max(w => _columns[w.To]));
        var last = _columns.Values.DefaultIfEmpty().Max();
        for (var column = 0; column <= last; column++)
        {
            var here = _columns.Where(c => c.Value == column || (c.Value < column && column < reach.GetValueOrDefault(c.Key))).Select(c => c.Key);
            var row = 0;
            foreach (var name in here.OrderBy(n => Pull(n, column)).ThenBy(n => n, StringComparer.Ordinal).ToArray())
                _rows[(name, column)] = row++;
        }

        foreach (var (name, column) in _columns) Places[name] = At(name, column);
        Edges = [.. waits.Select(w => new GraphEdge(w.From, w.To, w.Until, Path(w.From, w.To)))];
        Width = (last * StepX) + BoxWidth + (2 * Margin);
        Height = (_rows.Values.DefaultIfEmpty().Max() * StepY) + BoxHeight + (2 * Margin);

        // The row it would like: that of what it comes from, in the mean. In the first column, what nobody waits for goes last.
        double Pull(string name, int column)
        {
            if (column == 0) return reach.ContainsKey(name) ? 0 : 1;
            if (_columns[name] < column) return _rows[(name, column - 1)];
            return waits.Where(w => w.To == name).Select(w => (double)_rows[(w.From, column - 1)]).DefaultIfEmpty(0).Average();
        }
    }

    /// <summary>The upper left corner of each box.</summary>
    public Dictionary<string, (int X, int Y)> Places { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<GraphEdge> Edges { get; }

    public int Width { get; }

    public int Height { get; }

    private int Column(ResourceSnapshot resource, ILookup<string, ResourceSnapshot> known, HashSet<string> above)
    {
        if (_columns.TryGetValue(resource.Name, out var column)) return column;
        // A circle cannot be placed; an app host refuses it, and here it must not end the page.
        if (!above.Add(resource.Name)) return 0;
        foreach (var before in (resource.WaitsFor ?? []).SelectMany(w => known[w.Name]))
            column = Math.Max(column, Column(before, known, above) + 1);
        above.Remove(resource.Name);
        return _columns[resource.Name] = column;
    }

    private (int X, int Y) At(string name, int column) => (Margin + (column * StepX), Margin + (_rows[(name, column)] * StepY));

    private string Path(string from, string to)
    {
        var path = new StringBuilder();
        var (x, y) = At(from, _columns[from]);
        path.Append(CultureInfo.InvariantCulture, $"M{x + BoxWidth} {y + BoxHeight / 2}");
        for (var column = _columns[from] + 1; column <= _columns[to]; column++)
        {
            var right = x + BoxWidth;
            var middle = y + BoxHeight / 2;
            (x, y) = At(column == _columns[to] ? to : from, column);
            var bend = (right + x) / 2;
            path.Append(CultureInfo.InvariantCulture, $"C{bend} {middle} {bend} {y + BoxHeight / 2} {x} {y + BoxHeight / 2}");
            // Through the place kept free.
            if (column < _columns[to]) path.Append(CultureInfo.InvariantCulture, $"H{x + BoxWidth}");
        }

        return path.ToString();
    }
}
