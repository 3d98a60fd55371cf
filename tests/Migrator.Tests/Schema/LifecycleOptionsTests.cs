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

    /// <summary>As they stand in files of operators.</summary>
    [Theory]
    [InlineData("Lifecycle:FiveMinuteRefreshWindow", "resource_usage_5m")]
    [InlineData("Lifecycle:HourlyRefreshWindow", "resource_usage_hourly")]
    [InlineData("Lifecycle:DailyRefreshWindow", "resource_usage_daily")]
    [InlineData("Lifecycle:FiveMinuteRetention", "resource_usage_5m")]
    [InlineData("Lifecycle:HourlyRetention", "resource_usage_hourly")]
    [InlineData("Lifecycle:RawRetention", null)]
    public void Windows_are_set_by_their_keys_and_what_is_no_time_span_is_refused_by_its_key(string key, string? name)
    {
        var rollup = Rollup.All.SingleOrDefault(r => r.Name == name);
        var lifecycle = Read((key, "400.00:00:00"));
        Assert.Equal(Days(400), key.EndsWith("Window", StringComparison.Ordinal) ? lifecycle.RefreshOf(rollup!) : lifecycle.RetentionOf(rollup));
        Assert.Contains(key, Assert.Throws<SchemaException>(() => Read((key, "90 days"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_set_is_read_and_what_is_not_is_as_documented()
    {
        var lifecycle = Read(("Lifecycle:ChunkInterval", "12:00:00"), ("Lifecycle:CompressAfter", "3.00:00:00"), ("Metering:Grace", "06:00:00"));
        Assert.Equal((Days(0.5), Days(3), Days(0.25)), (lifecycle.ChunkInterval, lifecycle.CompressAfter, lifecycle.MeteringGrace));
        lifecycle.Validate();
        Assert.Equal(new LifecycleOptions().RawRetention, Read().RawRetention);
        Assert.Equal(Rollup.All.SkipLast(1).Select(r => r.Retention), Rollup.All.SkipLast(1).Select(r => (TimeSpan?)Read().RetentionOf(r)));
    }

    private static LifecycleOptions Read(params (string Key, string Value)[] settings) =>
        LifecycleOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value)).Build());

    public static TheoryData<LifecycleOptions, string, string> Contradictions
    {
        get
        {
            var contradictions = new TheoryData<LifecycleOptions, string, string>
            {
                { new() { Rollups = { ["Lifecycle:FiveMinuteRefreshWindow"] = Days(95) } }, "Lifecycle:FiveMinuteRefreshWindow", "Lifecycle:RawRetention" },
                { new() { Rollups = { ["Lifecycle:FiveMinuteRefreshWindow"] = Days(90) } }, "Lifecycle:FiveMinuteRefreshWindow", "Lifecycle:RawRetention" },
                { new() { Rollups = { ["Lifecycle:FiveMinuteRefreshWindow"] = TimeSpan.FromMinutes(5) } }, "Lifecycle:FiveMinuteRefreshWindow", "three buckets" },
                { new() { Rollups = { ["Lifecycle:FiveMinuteRetention"] = Days(30) } }, "Lifecycle:FiveMinuteRetention", "Lifecycle:RawRetention" },
                { new() { CompressAfter = Days(90) }, "Lifecycle:CompressAfter", "Lifecycle:RawRetention" },
                { new() { CompressAfter = TimeSpan.Zero }, "Lifecycle:CompressAfter", "zero" },
                { new() { ChunkInterval = Days(100) }, "Lifecycle:ChunkInterval", "Lifecycle:RawRetention" },
                { new() { ChunkInterval = TimeSpan.FromMinutes(7) }, "Lifecycle:ChunkInterval", "00:05:00" },
                { new() { RawRetention = Days(32) }, "Lifecycle:RawRetention", "Metering:Grace" },
                { new() { RawRetention = Days(33), MeteringGrace = Days(2) }, "Lifecycle:RawRetention", "Metering:Grace" },
            };
            foreach (var (finer, rollup) in Rollup.All.Zip(Rollup.All.Skip(1)))
            {
                var kept = finer.Retention!.Value;
                contradictions.Add(new() { Rollups = { [rollup.RefreshKey] = kept } }, rollup.RefreshKey, finer.RetentionKey);
                if (rollup.Retention is not null)
                    contradictions.Add(new() { Rollups = { [rollup.RetentionKey] = kept - Days(1) } }, rollup.RetentionKey, finer.RetentionKey);
            }

            return contradictions;
        }
    }

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Windows_that_contradict_are_refused_by_their_keys(LifecycleOptions options, string key, string other)
    {
        var error = Assert.Throws<SchemaException>(options.Validate);
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains(other, error.Message, StringComparison.Ordinal);
    }
}
