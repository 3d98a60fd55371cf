using System.Collections.Concurrent;
using LaunchStack.Aggregator.Alerts.Notifications;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Aggregator.Tests.Alerts.Support;

/// <summary>A receiver on loopback that answers as it is told, and remembers what came.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebhookReceiver(WebApplication app, string url)
    {
        _app = app;
        Url = url;
    }

    public string Url { get; }

    /// <summary>The status of each request, by its number.</summary>
    public Func<int, int> Status { get; set; } = _ => 204;

    public ConcurrentQueue<Request> Requests { get; } = new();

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var url = $"http://127.0.0.1:{FreePort.Take()}";
        builder.WebHost.UseUrls(url);
        var app = builder.Build();
        var receiver = new WebhookReceiver(app, $"{url}/hooks/a-path-that-is-secret");
        app.MapPost("/{**path}", async (HttpContext http) =>
        {
            using var reader = new StreamReader(http.Request.Body);
            var request = new Request(
                http.Request.Headers["webhook-id"].ToString(), http.Request.Headers["webhook-timestamp"].ToString(),
                http.Request.Headers["webhook-signature"].ToString(), await reader.ReadToEndAsync(), receiver.Status(receiver.Requests.Count));
            receiver.Requests.Enqueue(request);
            http.Response.Headers.Location = "http://127.0.0.1:1/";
            return Results.StatusCode(request.Status);
        });
        await app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    internal sealed record Request(string Id, string Timestamp, string Signature, string Body, int Status)
    {
        public NotificationMessage Message => NotificationJson.Read(Body);
    }
}
