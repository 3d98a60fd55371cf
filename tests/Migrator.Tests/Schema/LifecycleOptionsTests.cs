using LaunchStack.Migrator.Schema;
using LaunchStack.Usage;
using Microsoft.Extensions.Configuration;

namespace LaunchStack.Migrator.Tests.Schema;

public sealed class LifecycleOptionsTests
{
    private static TimeSpan Days(double days) => TimeSpan.FromDays(days);

    [Fact]
    public void Defaults_fit_each_other() => new LifecycleOptions().Validate();

    [Fact]
    public void A_short_raw_retention_fits_without_naming_refresh_windows() =>
        new LifecycleOptions { RawRetention = Days(32) + TimeSpan.FromHours(2), CompressAfter = Days(1) }.Validate();

    /// <summary>What stands in files of operators.</summary>
    private static readonly string[] RollupKeys =
    [
        "Lifecycle:FiveMinuteRefreshWindow", "Lifecycle:HourlyRefreshWindow", "Lifecycle:DailyRefreshWindow", "Lifecycle:FiveMinuteRetention", "Lifecycle:HourlyRetention",
    ];

    [Fact]
    public void Every_rollup_is_set_by_keys_that_stay_as_they_are()
    {
        string[] keys = ["Lifecycle:ChunkInterval", "Lifecycle:CompressAfter", "Lifecycle:RawRetention", "Metering:Grace", .. RollupKeys];
        var lifecycle = Read(keys.Select((key, i) => (key, $"{40 + i}.00:00:00")));
        Assert.Equal<IEnumerable<TimeSpan>>(
            [Days(40), Days(41), Days(42), Days(43), .. RollupKeys.Select((_, i) => Days(44 + i))],
            [
                lifecycle.ChunkInterval, lifecycle.CompressAfter, lifecycle.RawRetention, lifecycle.MeteringGrace,
                .. Rollup.All.Select(lifecycle.RefreshOf), .. Rollup.All.SkipLast(1).Select(lifecycle.RetentionOf),
            ]);
        Assert.Equal(RollupKeys, Rollup.All.Select(r => r.RefreshKey).Concat(Rollup.All.SkipLast(1).Select(r => r.RetentionKey)));
        Read([]).Validate();
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void What_is_no_time_span_is_refused_by_its_key(string key) =>
        Assert.Contains(key, Assert.Throws<SchemaException>(() => Read([(key, "90 days")])).Message, StringComparison.Ordinal);

    public static TheoryData<string> Keys => [.. RollupKeys, "Lifecycle:RawRetention", "Metering:Grace"];

    private static LifecycleOptions Read(IEnumerable<(string Key, string Value)> settings) =>
        LifecycleOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value)).Build());

    public static TheoryData<LifecycleOptions, string, string> Contradictions => new()
    {
        { new() { Rollups = { ["Lifecycle:FiveMinuteRefreshWindow"] = Days(95) } }, "Lifecycle:FiveMinuteRefreshWindow", "Lifecycle:RawRetention" },
        { new() { Rollups = { ["Lifecycle:FiveMinuteRefreshWindow"] = Days(90) } }, "Lifecycle:FiveMinuteRefreshWindow", "Lifecycle:RawRetention" },
        { new() { Rollups = { ["Lifecycle:HourlyRefreshWindow"] = Days(200) } }, "Lifecycle:HourlyRefreshWindow", "Lifecycle:FiveMinuteRetention" },
        { new() { Rollups = { ["Lifecycle:DailyRefreshWindow"] = Days(731) } }, "Lifecycle:DailyRefreshWindow", "Lifecycle:HourlyRetention" },
        { new() { Rollups = { ["Lifecycle:FiveMinuteRefreshWindow"] = TimeSpan.FromMinutes(5) } }, "Lifecycle:FiveMinuteRefreshWindow", "three buckets" },
        { new() { CompressAfter = Days(90) }, "Lifecycle:CompressAfter", "Lifecycle:RawRetention" },
        { new() { CompressAfter = TimeSpan.Zero }, "Lifecycle:CompressAfter", "zero" },
        { new() { ChunkInterval = Days(100) }, "Lifecycle:ChunkInterval", "Lifecycle:RawRetention" },
        { new() { ChunkInterval = TimeSpan.FromMinutes(7) }, "Lifecycle:ChunkInterval", "00:05:00" },
        { new() { RawRetention = Days(32) }, "Lifecycle:RawRetention", "Metering:Grace" },
        { new() { RawRetention = Days(33), MeteringGrace = Days(2) }, "Lifecycle:RawRetention", "Metering:Grace" },
        { new() { Rollups = { ["Lifecycle:FiveMinuteRetention"] = Days(30) } }, "Lifecycle:FiveMinuteRetention", "Lifecycle:RawRetention" },
        { new() { Rollups = { ["Lifecycle:HourlyRetention"] = Days(100) } }, "Lifecycle:HourlyRetention", "Lifecycle:FiveMinuteRetention" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Windows_that_contradict_are_refused_by_their_keys(LifecycleOptions options, string key, string other)
    {
        var error = Assert.Throws<SchemaException>(options.Validate);
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains(other, error.Message, StringComparison.Ordinal);
    }
}
