using CsCheck;

namespace LaunchStack.Usage.Tests;

public sealed class TimeBucketTests
{
    private static readonly Gen<DateTimeOffset> Times =
        Gen.Long[0, 40L * 365 * 86_400_000].Select(ms => new DateTimeOffset(2001, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMilliseconds(ms));

    [Fact]
    public void No_range_needs_more_buckets_than_asked_for() =>
        Gen.Select(Times, Gen.Long[1, 2000L * 86_400_000], Gen.Int[1, 500]).Sample((from, length, points) =>
        {
            var to = from.AddMilliseconds(length);
            var width = TimeBucket.Width(from, to, points, TimeSpan.Zero);
            var count = (TimeBucket.Ceiling(to, width) - TimeBucket.Floor(from, width)) / width;
            return count >= 1 && count <= points;
        });

    [Fact]
    public void A_time_lies_in_its_bucket() =>
        Gen.Select(Times, Gen.Int[0, 4].Select(i => new[] { 1, 300, 3600, 86_400, 604_800 }[i])).Sample((time, seconds) =>
        {
            var width = TimeSpan.FromSeconds(seconds);
            var floor = TimeBucket.Floor(time, width);
            return floor <= time && time < floor + width && TimeBucket.Floor(floor, width) == floor;
        });

    [Theory]
    [InlineData(10, "00:00:10")]
    [InlineData(60, "00:01:00")]
    [InlineData(60 * 24, "00:15:00")]
    [InlineData(60 * 24 * 7, "02:00:00")]
    [InlineData(60 * 24 * 30, "08:00:00")]
    public void The_resolution_follows_the_range(int minutes, string width)
    {
        var to = new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);
        Assert.Equal(TimeSpan.Parse(width, null), TimeBucket.Width(to.AddMinutes(-minutes), to, 100, TimeSpan.Zero));
    }
}
