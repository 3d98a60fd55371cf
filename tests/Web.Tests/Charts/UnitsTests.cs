using LaunchStack.Web.Charts;

namespace LaunchStack.Web.Tests.Charts;

public sealed class UnitsTests
{
    [Fact]
    public void Bytes_go_by_1024_and_have_three_digits()
    {
        Assert.Equal(
            ["–", "0 B", "999 B", "0.98 KiB", "1 KiB", "512 MiB", "1.5 GiB", "12.3 TiB"],
            new double?[] { null, 0, 999, 1000, 1024, 512 * 1024 * 1024, 1.5 * 1024 * 1024 * 1024, 12.34 * Math.Pow(1024, 4) }.Select(v => Units.Bytes(v)));
    }

    [Fact]
    public void A_value_bears_its_unit()
    {
        Assert.Equal("12.5 %", Units.Of(12.5, ChartUnit.Percent));
        Assert.Equal("2 MiB/s", Units.Of(2 * 1024 * 1024, ChartUnit.BytesPerSecond));
        Assert.Equal("–", Units.Of(null, ChartUnit.BytesPerSecond));
    }

    [Fact]
    public void Spans_have_two_units_at_most()
    {
        Assert.Equal(
            ["now", "12 s ago", "3 min ago", "3 h 12 min ago", "2 d 1 h ago", "40 d ago"],
            new[] { 2, 12, 200, 11520, (49 * 3600) + 5, 40 * 86400 }.Select(s => Units.Ago(TimeSpan.FromSeconds(s))));
    }
}
