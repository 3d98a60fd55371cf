using System.Net.Http.Headers;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LaunchStack.AppHost;

/// <summary>What the aggregator offers beside start, stop and restart.</summary>
internal static class RollupCommand
{
    /// <summary>Adds "Refresh rollups": <c>aspire resource aggregator refresh-rollups</c> prints which were refreshed, up to when.</summary>
    public static IResourceBuilder<ProjectResource> WithRefreshRollups(
        this IResourceBuilder<ProjectResource> aggregator, IResourceBuilder<ParameterResource> adminKey) =>
        aggregator.WithHttpCommand("/v1/rollups/refresh", "Refresh rollups", commandName: "refresh-rollups", commandOptions: new()
        {
            Description = "Brings every rollup up to date wherever samples have changed.",
            IconName = "ArrowSync",
            UpdateState = context => context.ResourceSnapshot.HealthStatus == HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
            PrepareRequest = async context => context.Request.Headers.Authorization =
                new AuthenticationHeaderValue("Bearer", await adminKey.Resource.GetValueAsync(context.CancellationToken)),
            GetCommandResult = async context =>
            {
                var answer = await context.Response.Content.ReadAsStringAsync(context.CancellationToken);
                return context.Response.IsSuccessStatusCode
                    ? CommandResults.Success("Every rollup is up to date.", answer, CommandResultFormat.Json)
                    : CommandResults.Failure($"The aggregator answered {(int)context.Response.StatusCode}.", answer, CommandResultFormat.Json);
            },
        });
}
