using CsCheck;

namespace LaunchStack.Usage.Tests;

public sealed class TimeWindowTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 22, 40, 0, TimeSpan.Zero);

    private static readonly Gen<TimeWindow> Windows = Gen.Select(
        Gen.Int[0, 5000], Gen.Int[-20, 400], (from, length) => new TimeWindow(Start.AddMinutes(from), Start.AddMinutes(from + length)));

    private static readonly Gen<TimeSpan> Widths = Gen.Int[0, 3].Select(i => new[] { TimeSpan.FromMinutes(5), TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(2) }[i]);

    [Fact]
    public void Merged_windows_cover_the_same_minutes_in_order_without_touching() => Windows.Array[0, 20].Sample(windows =>
    {
        var merged = TimeWindow.Merge(windows);
        Assert.Equal(Minutes(windows), Minutes(merged));
        Assert.All(merged.Zip(merged.Skip(1)), pair => Assert.True(pair.First.To < pair.Second.From));
    });

    [Fact]
    public void A_widened_window_is_the_whole_buckets_it_touches() => Gen.Select(Windows.Where(w => !w.IsEmpty), Widths).Sample((window, width) =>
    {
        var wide = window.Widen(width);
        return wide.From == TimeBucket.Floor(wide.From, width) && wide.To == TimeBucket.Floor(wide.To, width)
            && wide.From <= window.From && window.To <= wide.To && window.From - wide.From < width && wide.To - window.To < width;
    });

    [Fact]
    public void The_parts_of_a_split_window_follow_each_other_and_cross_no_step() => Gen.Select(Windows, Widths).Sample((window, step) =>
    {
        var parts = window.Split(step).ToList();
        Assert.Equal(window.IsEmpty, parts.Count == 0);
        if (parts.Count == 0)
            return;
        Assert.Equal((window.From, window.To), (parts[0].From, parts[^1].To));
        Assert.All(parts.Zip(parts.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
        Assert.All(parts, part => Assert.Equal(TimeBucket.Floor(part.From, step), TimeBucket.Floor(part.To - TimeSpan.FromTicks(1), step)));
    });

    [Fact]
    public void A_clipped_window_lies_within_both() => Gen.Select(Windows, Windows).Sample((window, bounds) =>
        Minutes([window.Clip(bounds.From, bounds.To)]).SetEquals(Minutes([window]).Intersect(Minutes([bounds]))));

    private static HashSet<DateTimeOffset> Minutes(IEnumerable<TimeWindow> windows) =>
        [.. windows.SelectMany(w => Enumerable.Range(0, (int)Math.Max(0, (w.To - w.From).TotalMinutes)).Select(m => w.From.AddMinutes(m)))];

    [Fact]
    public void Merging_to_a_few_joins_the_nearest()
    {
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        TimeWindow[] windows = [.. new[] { 0, 10, 100, 103, 500 }.Select(m => new TimeWindow(start.AddMinutes(m), start.AddMinutes(m + 1)))];

        Assert.Equal(windows, TimeWindow.Merge(windows, 5));
        Assert.Equal(
            [new(start, start.AddMinutes(11)), new(start.AddMinutes(100), start.AddMinutes(104)), windows[4]], TimeWindow.Merge(windows, 3));
        Assert.Equal([new(start, start.AddMinutes(501))], TimeWindow.Merge(windows, 1));
    }
}
