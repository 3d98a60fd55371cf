using LaunchStack.Web.Alerts;
using LaunchStack.Web.Charts;
using LaunchStack.Web.Clients;

namespace LaunchStack.Web.Instances;

/// <summary>Reads what the charts of an instance are made of.</summary>
internal sealed class UsageChartReader(AggregatorClient aggregator, TimeProvider time)
{
    // Two to three pixels a bucket on a laptop; the page stays below 200 kB.
    public const int Points = 300;

    private const string PeriodBefore = "before";

    /// <summary>The history as the aggregator answers it: what .json and .csv are, and the charts are made of.</summary>
    /// <exception cref="ApiException">The aggregator does not answer, or refuses.</exception>
    public static string HistoryPath(Guid instance, ChartRange range, int points = Points) =>
        $"/v1/instances/{instance}/stats/history?{range.Absolute}&points={points}";

    /// <summary>The charts, and their buckets.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="range">Over what time.</param>
    /// <param name="compare"><c>before</c>: the period before; an id: another instance; null: nothing.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="ApiException">The aggregator does not answer, or refuses.</exception>
    public async Task<(UsageChart Chart, IReadOnlyList<UsageBucket> Buckets)> ReadAsync(
        Guid instance, ChartRange range, string? compare, CancellationToken cancellationToken)
    {
        var other = CompareAsync(instance, range, compare, cancellationToken);
        var alerts = aggregator.PageAsync<AlertRow>($"/v1/alerts?instance={instance}&{range.Absolute}", cancellationToken);
        var buckets = await aggregator.GetAsync<List<UsageBucket>>(HistoryPath(instance, range), cancellationToken);
        var marks = (await alerts).Items.Select(alert => new ChartMark(
            alert.RaisedAt ?? alert.Since, alert.ResolvedAt, $"{alert.RuleName} ({alert.Severity})", alert.Severity, RuleText.Known(alert.Measure).Panel)).ToList();
        return (ChartBuilder.Build(range, buckets, marks, await other, time.GetUtcNow()), buckets);
    }

    /// <summary>The history, digit by digit, and the one that it is compared with.</summary>
    /// <exception cref="ApiException">The aggregator does not answer, or refuses.</exception>
    public async Task<HistoryFile> FileAsync(Guid instance, ChartRange range, string? compare, CancellationToken cancellationToken)
    {
        var own = await aggregator.BytesAsync(HistoryPath(instance, range), cancellationToken);
        return await OtherAsync(instance, range, compare, cancellationToken) is var (label, path, _)
            ? new(own, label, await aggregator.BytesAsync(path, cancellationToken))
            : new(own, null, null);
    }

    // What a comparison is with, where its history is, and how far it is moved to lie over the range; null: with nothing.
    private async Task<(string Label, string Path, TimeSpan Shift)?> OtherAsync(
        Guid instance, ChartRange range, string? compare, CancellationToken cancellationToken) =>
        compare == PeriodBefore ? ("the period before", HistoryPath(instance, range.Before), range.Length)
        : !Guid.TryParse(compare, out var other) ? null
        : ((await aggregator.GetAsync<InstanceRow>($"/v1/instances/{other}", cancellationToken)).Name, HistoryPath(other, range), TimeSpan.Zero);

    private async Task<Compared?> CompareAsync(Guid instance, ChartRange range, string? compare, CancellationToken cancellationToken) =>
        await OtherAsync(instance, range, compare, cancellationToken) is var (label, path, shift)
            ? new(label, await aggregator.GetAsync<List<UsageBucket>>(path, cancellationToken), shift)
            : null;
}
