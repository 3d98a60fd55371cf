using System.Globalization;

namespace LaunchStack.Web.Charts;

/// <summary>Where moments and values lie on a drawing, and the ticks of its axes. Pixels from the top left.</summary>
internal sealed class ChartScale
{
    public const int Left = 70;
    public const int Bottom = 24;
    private const int Margin = 8;
    private const int MaxTimes = 8;

    private static readonly TimeSpan[] TimeSteps =
    [
        .. new[] { 1, 2, 5, 10, 15, 30 }.Select(n => TimeSpan.FromSeconds(n)),
        .. new[] { 1, 2, 5, 10, 15, 30 }.Select(n => TimeSpan.FromMinutes(n)),
        .. new[] { 1, 2, 3, 6, 12 }.Select(n => TimeSpan.FromHours(n)),
        .. new[] { 1, 2, 7, 14, 28, 56, 182 }.Select(n => TimeSpan.FromDays(n)),
    ];

    private readonly UsageChart _chart;
    private readonly double _top;

    public ChartScale(UsageChart chart, ChartPanel panel, int width, int height)
    {
        _chart = chart;
        (Width, Height) = (width, height);
        var top = panel.Top;
        var step = Step(top <= 0 ? 1 : top, panel.Unit);
        _top = Math.Ceiling((top <= 0 ? 1 : top) * 1.02 / step) * step;
        Values = [.. Enumerable.Range(0, (int)Math.Round(_top / step) + 1).Select(i => (i * step, Units.Of(i * step, panel.Unit)))];
        Times = [.. TimeTicks(chart)];
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Ticks of the upright axis.</summary>
    public IReadOnlyList<(double Value, string Label)> Values { get; }

    /// <summary>Ticks of the lying axis, in UTC.</summary>
    public IReadOnlyList<(double Seconds, string Label)> Times { get; }

    public double X(double seconds) => Left + (Math.Clamp((seconds - _chart.From) / Math.Max(1, _chart.To - _chart.From), 0, 1) * (Width - Left - Margin));

    public double X(DateTimeOffset time) => X(time.ToUnixTimeMilliseconds() / 1000d);

    public double Y(double value) => Height - Bottom - (value / _top * (Height - Bottom - Margin));

    /// <summary>The strokes of a line: pieces without a break.</summary>
    public IEnumerable<IReadOnlyList<(double X, double Y)>> Strokes(ChartLine line)
    {
        var piece = new List<(double X, double Y)>();
        for (var i = 0; i < line.Values.Count; i++)
        {
            if (line.Values[i] is { } value)
            {
                piece.Add((X(_chart.Times[i]), Y(value)));
            }
            else if (piece.Count > 0)
            {
                yield return piece;
                piece = [];
            }
        }
        if (piece.Count > 0)
            yield return piece;
    }

    // At most five steps. Bytes step by powers of 1024, so that labels stay round.
    private static double Step(double top, ChartUnit unit)
    {
        var scale = 1d;
        while (unit != ChartUnit.Percent && top / scale >= 1000)
            scale *= 1024;
        var wanted = top / scale / 4;
        // Labels have two decimals.
        var ten = Math.Max(unit == ChartUnit.Percent ? 0.01 : 1, Math.Pow(10, Math.Floor(Math.Log10(wanted))));
        return new[] { 1d, 2, 5, 10 }.First(n => n * ten >= wanted * 0.999) * ten * scale;
    }

    private static IEnumerable<(double, string)> TimeTicks(UsageChart chart)
    {
        var length = TimeSpan.FromSeconds(chart.To - chart.From);
        var step = TimeSteps.FirstOrDefault(s => length / s <= MaxTimes, TimeSteps[^1]);
        var format = step >= TimeSpan.FromDays(1) ? "MM-dd" : step >= TimeSpan.FromMinutes(1) ? "HH:mm" : "HH:mm:ss";
        var seconds = (long)step.TotalSeconds;
        for (var at = (chart.From + seconds - 1) / seconds * seconds; at <= chart.To; at += seconds)
            yield return (at, DateTimeOffset.FromUnixTimeSeconds(at).ToString(format, CultureInfo.InvariantCulture));
    }
}
