using LaunchStack.Web.Clients;
using LaunchStack.Web.Instances;

namespace LaunchStack.Web.Alerts;

/// <summary>Alerts that are not over: firing ones, and recovering ones, which are still raised.</summary>
internal static class OpenAlerts
{
    private const int Most = 1000;

    /// <summary>The newest of each state, newest first.</summary>
    /// <exception cref="ApiException">The aggregator does not answer, or refuses.</exception>
    public static async Task<IReadOnlyList<AlertRow>> ReadAsync(AggregatorClient aggregator, CancellationToken cancellationToken)
    {
        var recovering = aggregator.PageAsync<AlertRow>($"/v1/alerts?state=recovering&limit={Most}", cancellationToken);
        var firing = await aggregator.PageAsync<AlertRow>($"/v1/alerts?state=firing&limit={Most}", cancellationToken);
        return [.. firing.Items.Concat((await recovering).Items).OrderByDescending(alert => alert.RaisedAt)];
    }
}
