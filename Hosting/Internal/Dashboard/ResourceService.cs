using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Internal.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Internal.Dashboard;

/// <summary>Tells the dashboard of the resources over HTTP on loopback, and takes its commands: JSON, and streams of one JSON object a line.</summary>
internal sealed class ResourceService : IAsyncDisposable
{
    public const string KeyHeader = "x-resource-service-api-key";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private static readonly byte[] NewLine = [(byte)'\n'];

    private readonly Orchestrator _orchestrator;
    private readonly ResourceNotificationService _notifications;
    private readonly IServiceProvider _services;
    private readonly CancellationToken _stopping;
    private readonly WebApplication _app;

    public ResourceService(
        string url, string apiKey, Orchestrator orchestrator, IServiceProvider services, CancellationToken stopping)
    {
        (_orchestrator, _services, _stopping) = (orchestrator, services, stopping);
        _notifications = services.GetRequiredService<ResourceNotificationService>();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url);
        builder.Logging.ClearProviders();
        _app = builder.Build();

        var expected = Encoding.UTF8.GetBytes(apiKey);
        _app.Run(context => CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(context.Request.Headers[KeyHeader].ToString()))
            ? RouteAsync(context)
            : Status(context, StatusCodes.Status401Unauthorized));
    }

    public Task StartAsync(CancellationToken cancellationToken) => _app.StartAsync(cancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task RouteAsync(HttpContext context)
    {
        var path = (context.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (context.Request.Method, path) switch
        {
            ("GET", ["resources"]) => context.Response.WriteAsJsonAsync(_notifications.Latest.Select(View), Json),
            ("GET", ["resources", "watch"]) => StreamAsync(context, token => _notifications.WatchAsync(token), View),
            ("GET", ["resources", var name, "logs"]) => LogsAsync(context, name),
            ("POST", ["resources", var name, "commands", var command]) => CommandAsync(context, name, command),
            _ => Status(context, StatusCodes.Status404NotFound),
        };
    }

    private static Task Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private ResourceView View(ResourceEvent change) => ResourceView.Of(change, Find(change.ResourceId), _services);

    private RunningResource? Find(string id) => _orchestrator.Running.FirstOrDefault(r => r.Id.Equals(id, StringComparison.OrdinalIgnoreCase));

    private Task LogsAsync(HttpContext context, string name)
    {
        if (Find(name) is not { } replica)
            return Status(context, StatusCodes.Status404NotFound);
        var tail = int.TryParse(context.Request.Query["tail"], out var given) && given >= 0 ? given : int.MaxValue;
        var follow = bool.TryParse(context.Request.Query["follow"], out var on) && on;
        return StreamAsync(
            context, token => replica.Log.ReadAsync(tail, follow, token),
            line => new { line = line.Number, stream = line.IsError ? "stderr" : "stdout", at = line.At, text = line.Text });
    }

    private async Task CommandAsync(HttpContext context, string name, string command)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping);
        var failure = Find(name) is { } replica && ResourceCommands.Find(replica.Resource, command) is { } added
            ? await ResourceCommands.RunAsync(added, replica.Id, _services, end.Token)
            : await _orchestrator.CommandAsync(name, command);
        await context.Response.WriteAsJsonAsync(new { success = failure is null, message = failure ?? $"{command}: done" }, Json);
    }

    private async Task StreamAsync<TItem, TView>(
        HttpContext context, Func<CancellationToken, IAsyncEnumerable<TItem>> items, Func<TItem, TView> view)
    {
        context.Response.ContentType = "application/x-ndjson";
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping);
        try
        {
            await context.Response.Body.FlushAsync(end.Token);
            await foreach (var item in items(end.Token))
            {
                await JsonSerializer.SerializeAsync(context.Response.Body, view(item), Json, end.Token);
                await context.Response.Body.WriteAsync(NewLine, end.Token);
                await context.Response.Body.FlushAsync(end.Token);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The reader left, or the application stops.
        }
    }
}
