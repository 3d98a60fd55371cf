using System.Buffers.Binary;
using System.IO.Compression;
using LaunchStack.Web.Charts;

namespace LaunchStack.Web.Tests.Charts;

public sealed class DrawingTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 26, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_scale_covers_what_is_drawn_with_few_round_ticks()
    {
        foreach (var top in new[] { 0.02, 0.7, 12.5, 399, 7.3e8, 9e12 })
        {
            var (chart, panel) = Chart(top);

            var scale = new ChartScale(chart, panel, 720, 200);

            Assert.InRange(scale.Values.Count, 2, 7);
            Assert.InRange(scale.Values[^1].Value, top, top * 3);
            Assert.InRange(scale.Y(top), 0, 200 - ChartScale.Bottom);
            Assert.Equal(scale.Values.Count, scale.Values.Select(v => v.Label).Distinct().Count());
            Assert.InRange(scale.Times.Count, 2, 9);
        }
    }

    [Fact]
    public void A_moment_without_a_value_breaks_the_line()
    {
        var chart = ChartBuilder.Build(
            new(Start, Start.AddHours(1), null), [.. new[] { 0, 10, 20, 1000, 1010 }.Select(s => new UsageBucket(Start.AddSeconds(s), CpuUsage: 1))], [], null, Start.AddSeconds(1010));
        var panel = chart.Panels[0];

        var path = SvgPath.Of(new ChartScale(chart, panel, 720, 200).Strokes(panel.Lines[0]));

        Assert.Equal(2, path.Count(c => c == 'M'));
        Assert.Equal(3, path.Count(c => c == 'L'));
    }

    [Fact]
    public void A_sparkline_has_a_hole_where_there_is_no_value()
    {
        Assert.Equal("M0 1L50 12", SvgPath.Spark([2, 1, null]));
        Assert.Equal("", SvgPath.Spark([null, null]));
    }

    [Fact]
    public void The_picture_is_a_png_whose_rows_are_all_there_and_not_blank()
    {
        var (chart, _) = Chart(50);

        var png = PngChart.Draw("tëst – 1", chart);

        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], png[..4]);
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));
        // IDAT follows the signature and IHDR: 8 + 25 bytes; its own length and name are 8 more.
        var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(33));
        using var rows = new MemoryStream();
        using (var zlib = new ZLibStream(new MemoryStream(png, 41, length), CompressionMode.Decompress))
            zlib.CopyTo(rows);
        Assert.Equal(height * ((width * 3) + 1), rows.Length);
        Assert.True(rows.ToArray().Distinct().Count() > 20);
    }

    private static (UsageChart Chart, ChartPanel Panel) Chart(double top)
    {
        var buckets = Enumerable.Range(0, 60).Select(i => new UsageBucket(Start.AddMinutes(i), CpuUsage: top * i / 59, MemoryUsage: top)).ToList();
        var chart = ChartBuilder.Build(new(Start, Start.AddHours(1), null), buckets, [], null, Start.AddHours(1));
        return (chart, chart.Panels[0]);
    }
}
