using System.Globalization;

namespace LaunchStack.Web.Charts;

/// <summary>The charts of an instance as one picture, drawn at twice the size of a page for sharp screens.</summary>
internal static class PngChart
{
    private const int Width = 1440;
    private const int PanelHeight = 320;
    private const int Heading = 90;
    private const int Ink = 0x1B2430;
    private const int Faint = 0x6B7684;
    private const int Grid = 0xE3E7EC;

    public static byte[] Draw(string name, UsageChart chart)
    {
        var image = new PngImage(Width, Heading + (chart.Panels.Count * PanelHeight));
        image.Text(24, 20, name, Ink);
        image.Text(24, 52, $"{Day(chart.From)} – {Day(chart.To)} UTC{(chart.ComparedWith is { } other ? $" · dashed: {other}" : "")}", Faint);
        for (var i = 0; i < chart.Panels.Count; i++)
            Draw(image, chart, chart.Panels[i], Heading + (i * PanelHeight));
        return image.Encode();
    }

    private static void Draw(PngImage image, UsageChart chart, ChartPanel panel, int top)
    {
        // The scale is that of the page, at half the size.
        var scale = new ChartScale(chart, panel, Width / 2, (PanelHeight - 40) / 2);
        double X(double x) => x * 2;
        double Y(double y) => top + 40 + (y * 2);

        var x = 24d + PngFont.Sans.Width(panel.Title) + 30;
        image.Text(24, top, panel.Title, Ink);
        foreach (var line in panel.Lines)
        {
            image.Line(x, top + 16, x + 28, top + 16, Color(line.Key), 4, IsDashed(line.Key));
            image.Text(x + 38, top, line.Label, Faint);
            x += 38 + PngFont.Sans.Width(line.Label) + 30;
        }
        foreach (var gap in chart.Gaps)
        {
            var (from, to) = (X(scale.X(gap.From)), X(scale.X(gap.To)));
            image.Fill(from, Y(8), to - from, (scale.Height - ChartScale.Bottom - 8) * 2, 0xF1F3F6);
            if (to - from > PngFont.Sans.Width(Gaps.Name(gap.Kind)) + 20)
                image.Text((from + to) / 2, Y(12), Gaps.Name(gap.Kind), Faint, 0.5);
        }
        foreach (var (value, label) in scale.Values)
        {
            image.Line(ChartScale.Left * 2, Y(scale.Y(value)), Width - 16, Y(scale.Y(value)), Grid, 1.5);
            image.Text((ChartScale.Left * 2) - 14, Y(scale.Y(value)) - 15, label, Faint, 1);
        }
        foreach (var (seconds, label) in scale.Times)
            image.Text(X(scale.X(seconds)), Y(scale.Height - ChartScale.Bottom) + 8, label, Faint, 0.5);
        foreach (var mark in chart.Marks.Where(m => m.Panel is null || m.Panel == panel.Key))
            image.Fill(X(scale.X(mark.From)), Y(8), 2, (scale.Height - ChartScale.Bottom - 8) * 2, mark.Kind == "restart" ? 0x8250DF : 0xD1242F);
        foreach (var line in panel.Lines)
        {
            foreach (var stroke in scale.Strokes(line))
            {
                for (var i = 1; i < stroke.Count; i++)
                    image.Line(X(stroke[i - 1].X), Y(stroke[i - 1].Y), X(stroke[i].X), Y(stroke[i].Y), Color(line.Key), 3, IsDashed(line.Key));
                if (stroke.Count == 1)
                    image.Line(X(stroke[0].X), Y(stroke[0].Y), X(stroke[0].X) + 4, Y(stroke[0].Y), Color(line.Key), 3);
            }
        }
    }

    private static string Day(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static bool IsDashed(string key) => key == "limit" || key.EndsWith("-compared", StringComparison.Ordinal);

    private static int Color(string key) => key.Split('-')[0] switch
    {
        "average" => 0x1F6FEB,
        "maximum" => 0x7FB3FA,
        "limit" => 0xCF222E,
        "out" => 0xBC6C00,
        _ => 0x1A7F64,
    };
}
