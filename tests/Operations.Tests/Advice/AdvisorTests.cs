using LaunchStack.Operations.Advice;

namespace LaunchStack.Operations.Tests.Advice;

public sealed class AdvisorTests
{
    // A thousand instances, a sample every ten seconds, on a machine of 8 GiB with 100 GB of disk.
    private static readonly Measurements Usual = new(
        100, 1000, 150, 60, 12, 8L << 30, 100_000_000_000, 1_000_000_000, 30, 86_400, 7 * 86_400, 90 * 86_400,
        new Dictionary<string, double> { ["resource_usage_5m"] = 89 * 86_400, ["resource_usage_hourly"] = 179 * 86_400, ["resource_usage_daily"] = 727 * 86_400 });

    private static readonly TimeSpan Grace = TimeSpan.FromHours(2);

    [Fact]
    public void What_fits_stays()
    {
        var proposals = Advisor.Propose(Usual, Grace);
        Assert.Equal(7, proposals.Count);
        Assert.Equal(["Lifecycle:CompressAfter"], proposals.Where(p => p.Changes).Select(p => p.Setting));
        Assert.All(proposals, p => Assert.Equal((p.Changes, p.Changes), (p.Configuration is not null, p.Sql is not null)));
    }

    [Fact]
    public void A_chunk_whose_index_outgrows_a_quarter_of_memory_becomes_shorter()
    {
        var proposal = Of(Usual with { MemoryBytes = 1L << 30 }, "Lifecycle:ChunkInterval");
        Assert.Equal("12 h", proposal.Proposed);
        Assert.Contains("494.4 MiB", proposal.Reason, StringComparison.Ordinal);
        Assert.Equal("Lifecycle__ChunkInterval=12:00:00", proposal.Configuration);
        Assert.Contains("INTERVAL '43200 seconds'", proposal.Sql, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chunk_with_few_rows_an_instance_becomes_longer_as_far_as_memory_allows()
    {
        var sparse = Usual with { RowsPerSecond = 1 };
        Assert.Equal("7 days", Of(sparse, "Lifecycle:ChunkInterval").Proposed);
        Assert.Equal(("86", "605", true), (Of(sparse, "rows a segment").Today, Of(sparse, "rows a segment").Proposed, Of(sparse, "rows a segment").Changes));
    }

    [Fact]
    public void Compression_waits_for_twice_the_lateness_and_never_touches_an_open_chunk()
    {
        Assert.Equal("24 h", Of(Usual, "Lifecycle:CompressAfter").Proposed);
        Assert.Equal("8 days", Of(Usual with { LatenessP9999Seconds = 4 * 86_400 }, "Lifecycle:CompressAfter").Proposed);
        var unknown = Of(Usual with { LatenessP9999Seconds = null }, "Lifecycle:CompressAfter");
        Assert.False(unknown.Changes);
        Assert.Contains("has not been seen", unknown.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Retention_follows_the_disk_but_not_below_what_a_statement_needs()
    {
        Assert.Equal("51 days", Of(Usual with { DiskBytes = 20_000_000_000 }, "Lifecycle:RawRetention").Proposed);
        var small = Of(Usual with { DiskBytes = 5_000_000_000 }, "Lifecycle:RawRetention");
        Assert.Equal("32.1 days", small.Proposed);
        Assert.Equal("35 days", Of(Usual with { DiskBytes = 5_000_000_000 }, "Lifecycle:RawRetention", TimeSpan.FromDays(3)).Proposed);
        Assert.Contains("a larger disk", small.Reason, StringComparison.Ordinal);
        Assert.False(Of(Usual with { DiskBytes = null }, "Lifecycle:RawRetention").Changes);
    }

    [Fact]
    public void A_refresh_window_shorter_than_samples_are_late_becomes_longer()
    {
        var narrow = Usual with { RefreshWindows = new Dictionary<string, double> { ["resource_usage_5m"] = 3600 }, LatenessP9999Seconds = 86_400 };
        Assert.Equal(("60 min", "2 days"), (Of(narrow, "Lifecycle:FiveMinuteRefreshWindow").Today, Of(narrow, "Lifecycle:FiveMinuteRefreshWindow").Proposed));
    }

    private static Proposal Of(Measurements measured, string setting, TimeSpan? grace = null) => Advisor.Propose(measured, grace ?? Grace).Single(p => p.Setting == setting);
}
