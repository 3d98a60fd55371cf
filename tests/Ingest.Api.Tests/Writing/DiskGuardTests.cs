using LaunchStack.Ingest.Api.Writing;
using LaunchStack.Usage.Database;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace LaunchStack.Ingest.Api.Tests.Writing;

public sealed class DiskGuardTests
{
    [Fact]
    public async Task Below_the_least_free_space_nothing_is_taken_and_above_it_again()
    {
        var options = new DiskOptions { Path = Path.GetTempPath(), MinFreeBytes = long.MaxValue };
        var time = new FakeTimeProvider();
        var guard = new DiskGuard(Options.Create(options), time, NullLogger<DiskGuard>.Instance);
        var away = Assert.Throws<DatabaseUnavailableException>(guard.RequireRoom);
        Assert.Contains("MiB free, less than", away.Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(30), away.RetryAfter);
        Assert.Equal(HealthStatus.Degraded, (await guard.CheckHealthAsync(new(), TestContext.Current.CancellationToken)).Status);

        options.MinFreeBytes = 1;
        Assert.Throws<DatabaseUnavailableException>(guard.RequireRoom);
        time.Advance(TimeSpan.FromSeconds(1));
        guard.RequireRoom();
        Assert.Equal(HealthStatus.Healthy, (await guard.CheckHealthAsync(new(), TestContext.Current.CancellationToken)).Status);
    }

    [Fact]
    public void Of_a_disk_elsewhere_nothing_is_known() =>
        new DiskGuard(Options.Create(new DiskOptions { MinFreeBytes = long.MaxValue }), TimeProvider.System, NullLogger<DiskGuard>.Instance).RequireRoom();
}
