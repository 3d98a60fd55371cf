using System.Net.Http.Headers;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LaunchStack.AppHost;

/// <summary>What the dashboard offers on the aggregator beside start, stop and restart.</summary>
internal static class RollupCommand
{
    /// <summary>Adds "Refresh rollups".</summary>
    public static IResourceBuilder<ProjectResource> WithRefreshRollups(
        this IResourceBuilder<ProjectResource> aggregator, IResourceBuilder<ParameterResource> adminKey) =>
        aggregator.WithCommand(
            "refresh-rollups", "Refresh rollups",
            context => RefreshAsync(aggregator.GetEndpoint("http").Url, adminKey.Resource, context.CancellationToken),
            new CommandOptions
            {
                Description = "Brings every rollup up to date wherever samples have changed.",
                UpdateState = context => context.ResourceSnapshot.HealthStatus == HealthStatus.Healthy
                    ? ResourceCommandState.Enabled
                    : ResourceCommandState.Disabled,
            });

    private static async Task<ExecuteCommandResult> RefreshAsync(string url, ParameterResource adminKey, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await adminKey.GetValueAsync(cancellationToken));
        using var answer = await http.PostAsync(new Uri("/v1/rollups/refresh", UriKind.Relative), null, cancellationToken);
        return answer.IsSuccessStatusCode
            ? CommandResults.Success()
            : CommandResults.Failure($"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
    }
}
