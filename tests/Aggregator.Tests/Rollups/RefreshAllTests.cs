using System.Collections.Concurrent;
using System.Diagnostics;
using LaunchStack.Aggregator.Rollups;
using LaunchStack.Aggregator.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Aggregator.Tests.Rollups;

[Collection(nameof(AggregatorApp))]
public sealed class RefreshAllTests(AggregatorFixture fixture)
{
    // A year of samples in steps of a day, more than any test here writes. From 1970 on it would be 1,400 statements.
    private const int Most = 365;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refresh_of_everything_takes_no_steps_through_times_without_samples()
    {
        var now = TimeProvider.System.GetUtcNow();
        await Rows.InsertAsync(fixture.App.Database.DataSource, Guid.NewGuid(), now.AddDays(-4), now.AddDays(-4).AddMinutes(10), TimeSpan.FromMinutes(1));
        var refresher = fixture.App.Services.GetRequiredService<RollupRefresher>();
        // Only a rollup that has a watermark can be stepped through below it.
        Assert.NotNull(await refresher.RefreshAllAsync(Token));

        var steps = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "LaunchStack.Aggregator",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => steps.Add(activity),
        };
        ActivitySource.AddActivityListener(listener);
        using var mine = new Activity("test").Start();
        await refresher.RefreshAllAsync(Token);

        var refreshes = steps.Count(activity => activity.TraceId == mine.TraceId && activity.OperationName == "rollup.refresh");
        Assert.InRange(refreshes, 3, Most);
    }
}
