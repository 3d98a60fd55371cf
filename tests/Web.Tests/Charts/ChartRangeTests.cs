using LaunchStack.Web.Charts;

namespace LaunchStack.Web.Tests.Charts;

public sealed class ChartRangeTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_preset_ends_now_and_its_query_brings_it_back()
    {
        foreach (var (name, length) in ChartRange.Presets)
        {
            var range = ChartRange.Parse(name, null, null, Now);

            Assert.Equal((Now - length, Now, $"range={name}"), (range.From, range.To, range.Query));
        }
    }

    [Theory]
    [InlineData("2026-11-26T10:00:00Z", "2026-11-26T11:00:00Z")]
    [InlineData("2026-11-26T12:00:00+02:00", "2026-11-26T13:00:00 02:00")]
    [InlineData("2026-11-26T10:00", "2026-11-26T11:00")]
    public void Moments_are_read_with_an_offset_or_as_utc_and_their_query_brings_them_back(string from, string to)
    {
        var range = ChartRange.Parse(null, from, to, Now);

        Assert.Equal("from=2026-11-26T10:00:00Z&to=2026-11-26T11:00:00Z", range.Query);
        Assert.Null(range.Fault);
        Assert.Equal((range.From - TimeSpan.FromHours(1), range.From), (range.Before.From, range.Before.To));
    }

    [Theory]
    [InlineData("2h", null, null, "'2h'")]
    [InlineData("1h", "2026-11-26T10:00:00Z", null, "range")]
    [InlineData(null, "yesterday", null, "from")]
    [InlineData(null, "2026-11-26T10:00:00Z", "soon", "to")]
    [InlineData(null, null, "2026-11-26T10:00:00Z", "from")]
    [InlineData(null, "2026-11-26T11:00:00Z", "2026-11-26T10:00:00Z", "before")]
    [InlineData(null, "2011-11-26T11:00:00Z", "2026-11-26T10:00:00Z", "five years")]
    public void What_cannot_be_read_is_named_and_the_last_hour_is_shown(string? range, string? from, string? to, string named)
    {
        var parsed = ChartRange.Parse(range, from, to, Now);

        Assert.Contains(named, parsed.Fault, StringComparison.Ordinal);
        Assert.Equal((Now.AddHours(-1), Now), (parsed.From, parsed.To));
    }
}
