using System.Globalization;
using System.Text;

namespace LaunchStack.Web.Charts;

/// <summary>Lines as SVG has them.</summary>
internal static class SvgPath
{
    /// <summary>The path of a line; a piece of one point is a short dash, or nobody would see it.</summary>
    public static string Of(IEnumerable<IReadOnlyList<(double X, double Y)>> strokes)
    {
        var path = new StringBuilder();
        foreach (var stroke in strokes)
        {
            for (var i = 0; i < stroke.Count; i++)
                path.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{stroke[i].X:0.#} {stroke[i].Y:0.#}");
            if (stroke.Count == 1)
                path.Append("h2");
        }
        return path.ToString();
    }

    /// <summary>A sparkline of values, 100 wide and 24 high; empty without values.</summary>
    public static string Spark(IReadOnlyList<double?> values)
    {
        var top = Math.Max(values.Max() ?? 0, 1e-9);
        var path = new StringBuilder();
        var draws = false;
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i] is { } value)
                path.Append(CultureInfo.InvariantCulture, $"{(draws ? 'L' : 'M')}{i * 100d / Math.Max(1, values.Count - 1):0.#} {23 - (value / top * 22):0.#}");
            draws = values[i] is not null;
        }
        return path.ToString();
    }
}
