using LaunchStack.Aggregator.Usage;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Aggregator.Tests.Usage;

public sealed class HistoryRangeTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("10m", 10)]
    [InlineData("6h", 360)]
    [InlineData("7d", 7 * 24 * 60)]
    [InlineData("2w", 14 * 24 * 60)]
    public void A_period_ends_now(string period, int minutes)
    {
        var range = HistoryRange.Parse(period, null, null, null, Now);
        Assert.Equal((Now.AddMinutes(-minutes), Now, 100), (range.From, range.To, range.Points));
    }

    [Fact]
    public void From_and_to_are_taken_as_they_are()
    {
        var range = HistoryRange.Parse(null, "2026-11-23T10:00:00+02:00", "2026-11-23T09:30:00Z", "7", Now);
        Assert.Equal((Now.AddHours(-4), Now.AddMinutes(-150), 7), (range.From, range.To, range.Points));
        Assert.Equal(range, HistoryRange.Parse(null, "2026-11-23T10:00:00 02:00", "2026-11-23T09:30:00Z", "7", Now));
    }

    [Theory]
    [InlineData("period", "1y", null, null, null)]
    [InlineData("period", "0m", null, null, null)]
    [InlineData("period", "-5m", null, null, null)]
    [InlineData("period", "99999999999999999999d", null, null, null)]
    [InlineData("period", "9999999d", null, null, null)]
    [InlineData("period", "1h", "2026-11-23T10:00:00Z", null, null)]
    [InlineData("points", "1h", null, null, "0")]
    [InlineData("points", "1h", null, null, "2001")]
    [InlineData("points", "1h", null, null, "ten")]
    [InlineData("from", null, "yesterday", null, null)]
    [InlineData("from", null, "2026-11-23T13:00:00Z", null, null)]
    [InlineData("from", null, null, "2026-11-23T10:00:00Z", null)]
    [InlineData("to", null, "2026-11-23T10:00:00Z", "12", null)]
    [InlineData("to", null, null, "0001-01-01T00:00:00Z", null)]
    [InlineData("from", null, "0001-01-01T00:00:00Z", "2026-11-23T10:00:00Z", null)]
    [InlineData("to", null, "2026-11-23T10:00:00Z", "9999-12-31T23:59:59Z", null)]
    [InlineData("to", null, "2026-11-23T10:00:00Z", "9999-12-31T23:59:59-23:59", null)]
    [InlineData("from", null, "1-2", null, null)]
    [InlineData("from", null, "2026-11-23", null, null)]
    [InlineData("from", null, "2026-11-23T10:00:00", null, null)]
    [InlineData("from", null, "2026-11-23T10:00:00 ", null, null)]
    [InlineData("from", null, "11/23/2026 10:00:00 +00:00", null, null)]
    [InlineData("from", null, "2026-02-30T10:00:00Z", null, null)]
    [InlineData("from", null, "2026-11-23T10:00:00Z\n", null, null)]
    [InlineData("from", null, "", null, null)]
    public void What_is_wrong_is_named(string parameter, string? period, string? from, string? to, string? points) =>
        Assert.Equal(parameter, Assert.Throws<ParameterException>(() => HistoryRange.Parse(period, from, to, points, Now)).Parameter);
}
