using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Text.Json.Nodes;
using LaunchStack.TestSupport;

[assembly: AssemblyFixture(typeof(LaunchStack.Dashboard.Tests.DashboardProcess))]

namespace LaunchStack.Dashboard.Tests;

/// <summary>The dashboard as it is run by itself, shared by the tests of this project.</summary>
public sealed class DashboardProcess : IAsyncLifetime
{
    public const string Token = "a-browser-token";
    public const string OtlpKey = "an-otlp-key";

    private readonly int[] _ports = FreePort.Take(3);
    private ChildProcess _process = null!;

    /// <summary>The pages and the read API.</summary>
    public HttpClient Pages { get; private set; } = null!;

    /// <summary>OTLP over HTTP.</summary>
    public HttpClient Otlp { get; private set; } = null!;

    /// <summary>OTLP over gRPC.</summary>
    public Uri OtlpGrpc => new($"http://127.0.0.1:{_ports[1]}");

    /// <summary>Sends an export with the key.</summary>
    public async Task<HttpResponseMessage> SendAsync(string path, byte[] body, string type = "application/json", string? encoding = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (encoding is not null)
            request.Content.Headers.ContentEncoding.Add(encoding);
        request.Headers.Add("x-otlp-api-key", OtlpKey);
        return await Otlp.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Asks the read API.</summary>
    public async Task<JsonNode> ReadAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("x-api-key", Token);
        using var answer = await Pages.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await JsonNode.ParseAsync(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)))!;
    }

    public async ValueTask InitializeAsync()
    {
        var configuration = typeof(DashboardProcess).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var assembly = Path.Combine(RepositoryRoot.Path, "Dashboard", "bin", configuration, "net10.0", "Dashboard.dll");
        _process = ChildProcess.StartGuarded("dashboard", $"dotnet \"{assembly}\" &", new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{_ports[0]}",
            ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = $"http://127.0.0.1:{_ports[1]}",
            ["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = $"http://127.0.0.1:{_ports[2]}",
            ["DASHBOARD__FRONTEND__BROWSERTOKEN"] = Token,
            ["DASHBOARD__OTLP__PRIMARYAPIKEY"] = OtlpKey,
        });
        Pages = Client(_ports[0]);
        Otlp = Client(_ports[2]);
        await Wait.UntilAsync(
            async () =>
            {
                if (_process.HasExited)
                    throw new InvalidOperationException($"the dashboard ended:\n{_process.Output}");
                try
                {
                    return (await Pages.GetAsync(new Uri("/health", UriKind.Relative))).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "the dashboard is healthy", TimeSpan.FromSeconds(90));
    }

    public async ValueTask DisposeAsync()
    {
        Pages?.Dispose();
        Otlp?.Dispose();
        await _process.DisposeAsync();
    }

    private static HttpClient Client(int port) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
}
