using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace LaunchStack.Web.Tests.Support;

/// <summary>Stands in for the other services where a test wants an answer that real ones do not give.</summary>
public sealed class StubServices : HttpMessageHandler
{
    private readonly ConcurrentDictionary<string, (HttpStatusCode Status, string Body)> _answers = new();

    /// <summary>Requests so far, as <c>POST /path {"their":"body"}</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Nobody listens.</summary>
    public bool IsAway { get; set; }

    /// <summary>What a path answers; or, as <c>POST /path</c>, what it answers to a method.</summary>
    public StubServices Answer(string path, string body, HttpStatusCode status = HttpStatusCode.OK)
    {
        _answers[path] = (status, body);
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Enqueue($"{request.Method} {request.RequestUri!.PathAndQuery} {(request.Content is { } sent ? await sent.ReadAsStringAsync(cancellationToken) : "")}");
        if (IsAway)
            throw new HttpRequestException("Connection refused");
        var (status, body) = request.Headers.Authorization?.Parameter == "an-unknown-key-0000"
            ? (HttpStatusCode.Unauthorized, "{}")
            : _answers.TryGetValue($"{request.Method} {request.RequestUri.AbsolutePath}", out var answer) ? answer
            : _answers.GetValueOrDefault(request.RequestUri.AbsolutePath, (HttpStatusCode.OK, "[]"));
        return new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
    }
}
