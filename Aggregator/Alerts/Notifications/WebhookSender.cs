using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>
/// Posts to webhooks. A client of its own: no redirect may lead elsewhere, no proxy or retry of the platform's stands in between, and
/// neither its spans nor its logs name a URL, whose path is often a secret.
/// </summary>
internal sealed class WebhookSender : INotificationSender, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly HttpClient _client;
    private readonly TimeProvider _time;

    public WebhookSender(NotificationOptions options, TimeProvider time)
    {
        _time = time;
        _client = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, options.AllowPrivateNetworks, cancellationToken),
        }) { Timeout = Patience };
    }

    public RouteKind Kind => RouteKind.Webhook;

    public async Task SendAsync(NotificationRoute route, Guid id, string payload, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        using var request = new HttpRequestMessage(HttpMethod.Post, route.Target) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(payload)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("webhook-id", id.ToString());
        request.Headers.Add("webhook-timestamp", WebhookSignature.Timestamp(now));
        request.Headers.Add("webhook-signature", WebhookSignature.Sign(route.Secret!, id.ToString(), now, payload));
        request.Headers.UserAgent.Add(new("LaunchStack", null));
        try
        {
            // The body of the answer is of no interest, and could be endless.
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!answer.IsSuccessStatusCode)
                throw new NotificationException($"{route.ShownTarget} answered with status {(int)answer.StatusCode}.");
        }
        catch (HttpRequestException e)
        {
            throw new NotificationException($"{route.ShownTarget}: {(e.InnerException as NotificationException ?? (Exception)e).Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NotificationException($"{route.ShownTarget} did not answer within {Patience.TotalSeconds} s.", e);
        }
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint to, bool allowPrivate, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(to.Host, cancellationToken);
        var allowed = Array.FindAll(addresses, a => WebhookAddresses.MayGoTo(a, allowPrivate));
        if (allowed.Length == 0)
            throw new NotificationException("the host is at an address to which webhooks may not go.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, to.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _client.Dispose();
}
