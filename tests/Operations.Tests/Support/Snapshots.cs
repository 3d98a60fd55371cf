using LaunchStack.Operations.Monitoring.Snapshot;

namespace LaunchStack.Operations.Tests.Support;

/// <summary>Readings made by hand.</summary>
internal static class Snapshots
{
    public static readonly DateTimeOffset Now = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Nothing is wrong.</summary>
    public static DatabaseSnapshot Calm { get; } = new(
        Now, 0.01, new("17.5", "2.23.0", false, 1L << 30, 128L << 20, 4L << 30, Now.AddDays(-1)), [], [], new(1, 100 << 20, 200 << 20), [Job()],
        [new("resource_usage_5m", Now.AddMinutes(-10), 600, 0, null, null)], new(3, 0.5, 0), new(20, 100, 2, 1), new(10_000_000, 200_000_000, 1), new(1, 1),
        [new("standby", "streaming", 1000, 0.1)], [new("standby", true, 2L << 30)], new(100L << 30, 60L << 30, 1 << 30, 60, 6_000_000),
        new(10_000, 1, 2, 5, 4, 1000, 10, []), new(Now.AddDays(-9), Now.AddHours(-20), null, 172_800, "passed", null, "a"), []);

    public static JobState Job() => new(
        1000, "policy_compression", "resource_usage", true, false, 43_200, Now.AddHours(-1), Now.AddHours(-1), Now.AddHours(11), null, 10, 0, null);
}
