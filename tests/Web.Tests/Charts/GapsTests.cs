using LaunchStack.Web.Charts;

namespace LaunchStack.Web.Tests.Charts;

public sealed class GapsTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 26, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Without_a_hole_there_is_no_gap()
    {
        Assert.Empty(Gaps.Find(Buckets(10, 0, 60), Range(600), Start.AddSeconds(600)));
    }

    [Fact]
    public void A_pause_shorter_than_half_a_minute_is_none_and_a_longer_one_is()
    {
        var buckets = Buckets(5, 0, 10).Concat(Buckets(5, 70, 10)).Concat(Buckets(5, 180, 10)).ToList();

        var gap = Assert.Single(Gaps.Find(buckets, Range(230), Start.AddSeconds(230)));

        Assert.Equal(new Gap(Start.AddSeconds(120), Start.AddSeconds(180), GapKind.Silent), gap);
    }

    [Fact]
    public void One_missing_bucket_of_an_hour_is_a_gap()
    {
        var buckets = Buckets(3, 0, 3600).Concat(Buckets(3, 4 * 3600, 3600)).ToList();

        var gap = Assert.Single(Gaps.Find(buckets, Range(7 * 3600), Start.AddSeconds(7 * 3600)));

        Assert.Equal((Start.AddHours(3), Start.AddHours(4)), (gap.From, gap.To));
    }

    [Fact]
    public void A_gap_after_which_the_counters_began_again_is_a_restart()
    {
        List<UsageBucket> buckets = [.. Buckets(5, 0, 10), .. Buckets(5, 300, 10)];
        buckets[5] = buckets[5] with { Restarts = 1 };

        Assert.Equal(GapKind.Restart, Gaps.Find(buckets, Range(340), Start.AddSeconds(340)).Single().Kind);
    }

    [Theory]
    [InlineData(200, GapKind.Pending)]
    [InlineData(2000, GapKind.Silent)]
    public void What_is_missing_up_to_now_may_be_on_its_way_for_five_minutes(int now, GapKind kind)
    {
        var gap = Assert.Single(Gaps.Find(Buckets(6, 0, 10), Range(now), Start.AddSeconds(now)));

        Assert.Equal(new Gap(Start.AddSeconds(60), Start.AddSeconds(now), kind), gap);
    }

    [Fact]
    public void Nothing_is_missing_in_the_future_and_before_the_first_sample_it_is_not_silence()
    {
        var gap = Assert.Single(Gaps.Find(Buckets(6, 600, 10), Range(90000), Start.AddSeconds(660)));

        Assert.Equal(new Gap(Start, Start.AddSeconds(600), GapKind.Before), gap);
    }

    [Fact]
    public void A_range_without_samples_is_one_gap()
    {
        Assert.Equal(new Gap(Start, Start.AddHours(1), GapKind.Silent), Assert.Single(Gaps.Find([], Range(3600), Start.AddDays(1))));
    }

    private static ChartRange Range(int seconds) => new(Start, Start.AddSeconds(seconds), null);

    private static List<UsageBucket> Buckets(int count, int from, int step) =>
        [.. Enumerable.Range(0, count).Select(i => new UsageBucket(Start.AddSeconds(from + (i * step))))];
}
