using LaunchStack.Migrator.Schema;

namespace LaunchStack.Migrator.Tests.Schema;

public sealed class LifecycleOptionsTests
{
    private static TimeSpan Days(double days) => TimeSpan.FromDays(days);

    [Fact]
    public void Defaults_fit_each_other() => new LifecycleOptions().Validate();

    [Fact]
    public void A_short_raw_retention_fits_without_naming_refresh_windows() =>
        new LifecycleOptions { RawRetention = Days(32) + TimeSpan.FromHours(2), CompressAfter = Days(1) }.Validate();

    public static TheoryData<LifecycleOptions, string, string> Contradictions => new()
    {
        { new() { FiveMinuteRefreshWindow = Days(95) }, "Lifecycle:FiveMinuteRefreshWindow", "Lifecycle:RawRetention" },
        { new() { FiveMinuteRefreshWindow = Days(90) }, "Lifecycle:FiveMinuteRefreshWindow", "Lifecycle:RawRetention" },
        { new() { HourlyRefreshWindow = Days(200) }, "Lifecycle:HourlyRefreshWindow", "Lifecycle:FiveMinuteRetention" },
        { new() { DailyRefreshWindow = Days(731) }, "Lifecycle:DailyRefreshWindow", "Lifecycle:HourlyRetention" },
        { new() { FiveMinuteRefreshWindow = TimeSpan.FromMinutes(5) }, "Lifecycle:FiveMinuteRefreshWindow", "three buckets" },
        { new() { CompressAfter = Days(90) }, "Lifecycle:CompressAfter", "Lifecycle:RawRetention" },
        { new() { CompressAfter = TimeSpan.Zero }, "Lifecycle:CompressAfter", "zero" },
        { new() { ChunkInterval = Days(100) }, "Lifecycle:ChunkInterval", "Lifecycle:RawRetention" },
        { new() { ChunkInterval = TimeSpan.FromMinutes(7) }, "Lifecycle:ChunkInterval", "00:05:00" },
        { new() { RawRetention = Days(32) }, "Lifecycle:RawRetention", "Metering:Grace" },
        { new() { RawRetention = Days(33), MeteringGrace = Days(2) }, "Lifecycle:RawRetention", "Metering:Grace" },
        { new() { FiveMinuteRetention = Days(30) }, "Lifecycle:FiveMinuteRetention", "Lifecycle:RawRetention" },
        { new() { HourlyRetention = Days(100) }, "Lifecycle:HourlyRetention", "Lifecycle:FiveMinuteRetention" },
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
