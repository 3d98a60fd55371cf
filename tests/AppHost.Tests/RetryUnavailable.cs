using System.Net;
using System.Net.Http.Headers;
using LaunchStack.TestSupport;

namespace LaunchStack.AppHost.Tests;

/// <summary>Sends again what was answered 503, as every client may: a busy machine's database is slow, and nothing of the request was kept.</summary>
internal sealed class RetryUnavailable() : DelegatingHandler(new SocketsHttpHandler())
{
    public static HttpClient Client(Uri address, AuthenticationHeaderValue key) =>
        new(new RetryUnavailable()) { BaseAddress = address, DefaultRequestHeaders = { Authorization = key } };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage? answer = null;
        await Wait.UntilAsync(
            async () =>
            {
                answer?.Dispose();
                answer = await base.SendAsync(request, cancellationToken);
                return answer.StatusCode != HttpStatusCode.ServiceUnavailable;
            },
            $"{request.RequestUri} is available", TimeSpan.FromSeconds(60));
        return answer!;
    }
}
