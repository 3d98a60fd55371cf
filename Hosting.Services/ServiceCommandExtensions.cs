using System.Net.Http.Headers;
using System.Reflection;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LaunchStack.Hosting.Services;

/// <summary>What our services offer beside start, stop and restart: on the dashboard, and by <c>aspire resource NAME COMMAND</c>.</summary>
public static class ServiceCommandExtensions
{
    /// <summary>Adds "Refresh rollups": <c>aspire resource aggregator refresh-rollups</c> prints which were refreshed, up to when.</summary>
    public static IResourceBuilder<ProjectResource> WithRefreshRollups(
        this IResourceBuilder<ProjectResource> aggregator, IResourceBuilder<ParameterResource> adminKey) => aggregator.WithServiceCommand(
        adminKey, HttpMethod.Post, "/v1/rollups/refresh", "refresh-rollups", "Refresh rollups",
        "Brings every rollup up to date wherever samples have changed.", "ArrowSync");

    /// <summary>Adds "Requeue errors": <c>aspire resource aggregator requeue-errors</c> prints how much was put back, by queue.</summary>
    public static IResourceBuilder<ProjectResource> WithRequeueErrors(
        this IResourceBuilder<ProjectResource> aggregator, IResourceBuilder<ParameterResource> adminKey) => aggregator.WithServiceCommand(
        adminKey, HttpMethod.Post, "/v1/error-queues/requeue", "requeue-errors", "Requeue errors",
        "Puts events that could not be handled back into the queue that they came from.", "ArrowRepeatAll");

    /// <summary>
    /// Adds "Database" (the state and the alarms that hold), "Advice" and "Back up": <c>aspire resource operations database</c>, <c>… advice</c>, <c>… back-up</c>.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithDatabaseCommands(
        this IResourceBuilder<ProjectResource> operations, IResourceBuilder<ParameterResource> adminKey) => operations
        .WithServiceCommand(adminKey, HttpMethod.Get, "/v1/database", "database", "Database", "State of the database, and the alarms that hold.", "DatabaseSearch")
        .WithServiceCommand(adminKey, HttpMethod.Get, "/v1/database/advice", "advice", "Advice", "Settings as they are and as they might be, with reasons in figures.", "Lightbulb")
        .WithServiceCommand(
            adminKey, HttpMethod.Post, "/v1/backups", "back-up", "Back up", "Makes a backup and tries it by a restore; GET /v1/backups tells how it goes.", "ArchiveArrowBack");

    /// <summary>Tells where backups are kept, and where the embedded database's gateway lies, with which their drills start a second one.</summary>
    public static IResourceBuilder<ProjectResource> WithBackups(this IResourceBuilder<ProjectResource> operations, string directory) => operations
        .WithEnvironment("Backups__Directory", directory)
        .WithEnvironment("Backups__GatewayFolder", typeof(TimescaleBuilderExtensions).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(metadata => metadata.Key == "EmbeddedTimescale").Value);

    private static IResourceBuilder<ProjectResource> WithServiceCommand(
        this IResourceBuilder<ProjectResource> service, IResourceBuilder<ParameterResource> adminKey, HttpMethod method, string path, string name, string display,
        string description, string icon) => service.WithHttpCommand(path, display, commandName: name, commandOptions: new()
        {
            Method = method,
            Description = description,
            IconName = icon,
            UpdateState = context => context.ResourceSnapshot.HealthStatus is HealthStatus.Healthy or HealthStatus.Degraded
                ? ResourceCommandState.Enabled
                : ResourceCommandState.Disabled,
            PrepareRequest = async context => context.Request.Headers.Authorization =
                new AuthenticationHeaderValue("Bearer", await adminKey.Resource.GetValueAsync(context.CancellationToken)),
            GetCommandResult = async context =>
            {
                var answer = await context.Response.Content.ReadAsStringAsync(context.CancellationToken);
                return context.Response.IsSuccessStatusCode
                    ? CommandResults.Success($"{display}: done.", answer, CommandResultFormat.Json)
                    : CommandResults.Failure($"{service.Resource.Name} answered {(int)context.Response.StatusCode}.", answer, CommandResultFormat.Json);
            },
        });
}
