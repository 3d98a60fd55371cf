using CsCheck;
using LaunchStack.Aggregator.Rollups;
using LaunchStack.Usage;

namespace LaunchStack.Aggregator.Tests.Rollups;

public sealed class RefreshPlanTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly Rollup FiveMinutes = Rollup.All[0];

    private static TimeWindow At(int minutes) => new(Noon.AddMinutes(minutes), Noon.AddMinutes(minutes).AddTicks(1));

    [Fact]
    public void Late_samples_refresh_their_own_buckets_only()
    {
        var state = new RollupState(Noon, null, Noon.AddDays(-9));
        Assert.Equal(
            [new TimeWindow(Noon.AddMinutes(-35), Noon.AddMinutes(-30))],
            RefreshPlan.Of(FiveMinutes, state, [At(-33)], Noon.AddMinutes(2)));
    }

    [Fact]
    public void A_bucket_that_still_fills_is_left_to_real_time() =>
        Assert.Empty(RefreshPlan.Of(FiveMinutes, new(Noon, null, Noon.AddDays(-9)), [At(3)], Noon.AddMinutes(4)));

    [Fact]
    public void The_watermark_never_jumps_over_rows_that_are_not_materialized() =>
        Assert.Equal(
            [new TimeWindow(Noon, Noon.AddMinutes(40))],
            RefreshPlan.Of(FiveMinutes, new(Noon, null, Noon.AddDays(-9)), [At(42)], Noon.AddMinutes(43)));

    [Fact]
    public void An_empty_rollup_is_filled_from_the_first_sample() =>
        Assert.Equal(
            [new TimeWindow(Noon.AddMinutes(-20), Noon)],
            RefreshPlan.Of(FiveMinutes, new(null, null, Noon.AddMinutes(-17)), [At(-4)], Noon.AddMinutes(1)));

    [Fact]
    public void What_has_been_dropped_is_never_refreshed() =>
        Assert.Equal(
            [new TimeWindow(Noon.AddMinutes(-25), Noon.AddMinutes(-20))],
            RefreshPlan.Of(FiveMinutes, new(Noon, Noon.AddMinutes(-27), null), [new(Noon.AddDays(-3), Noon.AddMinutes(-22))], Noon));

    [Fact]
    public void Steps_cover_their_window_exactly() =>
        Gen.Select(Gen.Long[0, 1_000_000], Gen.Long[1, 1_000_000], Gen.Int[1, 100_000]).Sample((start, length, step) =>
        {
            var window = new TimeWindow(Noon.AddSeconds(start), Noon.AddSeconds(start + length));
            var parts = window.Split(TimeSpan.FromSeconds(step)).ToList();
            return parts[0].From == window.From && parts[^1].To == window.To && TimeWindow.Merge(parts).SequenceEqual([window])
                && parts.TrueForAll(p => !p.IsEmpty && p.To - p.From <= TimeSpan.FromSeconds(step));
        });
}
