using LaunchStack.Web.Alerts;
using LaunchStack.Web.Charts;
using LaunchStack.Web.Clients;
using Microsoft.AspNetCore.WebUtilities;

namespace LaunchStack.Web.Instances;

/// <summary>Reads a page of instances with what each of them uses.</summary>
internal sealed class InstanceList(AggregatorClient aggregator, TimeProvider time)
{
    /// <summary>Rows of a page; each costs a short history.</summary>
    public const int PageSize = 25;

    // Enough to hide the way there and back, few enough to leave the aggregator's pool to others.
    private const int AtOnce = 6;

    /// <summary>A page.</summary>
    /// <exception cref="ApiException">The aggregator does not answer, or refuses.</exception>
    public async Task<(Page<InstanceRow> Page, IReadOnlyDictionary<Guid, RowUsage> Usage, ILookup<Guid?, AlertRow> Alerts)> ReadAsync(
        InstanceQuery query, CancellationToken cancellationToken)
    {
        var alerts = OpenAlerts.ReadAsync(aggregator, cancellationToken);
        var page = await aggregator.PageAsync<InstanceRow>(QueryHelpers.AddQueryString("/v1/instances", query.ToApi(PageSize)), cancellationToken);
        var now = time.GetUtcNow();
        var usage = new System.Collections.Concurrent.ConcurrentDictionary<Guid, RowUsage>();
        var span = $"from={ChartRange.Text(RowUsage.Start(now))}&to={ChartRange.Text(now)}";
        await Parallel.ForEachAsync(
            page.Items.Where(row => row.LastSampleAt > RowUsage.Start(now)),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (row, token) => usage[row.InstanceId] = RowUsage.Of(
                await aggregator.GetAsync<List<UsageBucket>>($"/v1/instances/{row.InstanceId}/stats/history?{span}&points=300", token), now));
        return (page, usage, (await alerts).ToLookup(alert => alert.InstanceId));
    }
}
