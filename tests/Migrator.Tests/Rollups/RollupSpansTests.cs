using LaunchStack.Migrator.Rollups;

namespace LaunchStack.Migrator.Tests.Rollups;

public sealed class RollupSpansTests
{
    private static readonly DateTime Midnight = new(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(10);

    private static (DateTime, DateTime, long) Window(double from, double to, long rows) => (Midnight.AddHours(from), Midnight.AddHours(to), rows);

    private static (double, double)[] Cut(params (DateTime, DateTime, long)[] windows) =>
        [.. RollupSpans.Cut(windows, Hour, 1000, Longest).Select(span => ((span.Start - Midnight).TotalHours, (span.End - Midnight).TotalHours))];

    [Fact]
    public void A_sparse_history_is_cut_by_the_longest_span_newest_first() =>
        Assert.Equal([(240, 480), (0, 240)], Cut([.. Enumerable.Range(0, 20).Select(day => Window(day * 24, (day + 1) * 24, 1))]));

    [Fact]
    public void A_dense_window_is_cut_by_its_rows() =>
        Assert.Equal([(4, 6), (2, 4), (0, 2)], Cut(Window(0, 6, 3000)));

    [Fact]
    public void A_unit_with_more_rows_than_a_span_takes_is_a_span() =>
        Assert.Equal([(2, 3), (1, 2), (0, 1)], Cut(Window(0, 1, 5), Window(1, 2, 5000), Window(2, 3, 5)));

    [Fact]
    public void Windows_within_one_unit_are_one_span_of_whole_units() =>
        Assert.Equal([(1, 3)], Cut(Window(1.25, 1.5, 10), Window(1.5, 2.1, 10)));

    [Fact]
    public void Rows_of_windows_that_share_a_unit_add_up() =>
        Assert.Equal([(1, 2), (0, 1)], Cut(Window(0, 0.5, 400), Window(0.5, 1, 400), Window(1, 1.5, 400), Window(1.5, 2, 200)));

    [Fact]
    public void A_window_whose_rows_are_all_gone_is_rolled_up_too() => Assert.Equal([(0, 24)], Cut(Window(0, 24, 0)));

    [Fact]
    public void A_gap_longer_than_a_span_is_left_out() => Assert.Equal([(1000, 1001), (0, 1)], Cut(Window(0, 1, 1), Window(1000, 1001, 1)));

    [Fact]
    public void Without_windows_there_is_nothing_to_do() => Assert.Empty(Cut());
}
