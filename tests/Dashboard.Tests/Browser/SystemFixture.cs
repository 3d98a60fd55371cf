using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LaunchStack.TestSupport;
using Microsoft.Playwright;

namespace LaunchStack.Dashboard.Tests.Browser;

/// <summary>The whole system as a user runs it, started once, and a browser to look at it.</summary>
public sealed class SystemFixture : IAsyncLifetime
{
    // Milliseconds, as Playwright has them: long enough for a machine that is busy with ten other things.
    private const float Patience = 90_000;

    private readonly AppHostProcess _host = new();
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    /// <summary>The printed login address.</summary>
    public Uri Login { get; private set; } = null!;

    /// <summary>Ingest.Api, with the admin key.</summary>
    public HttpClient Ingest { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(Patience);
        var ready = _host.ReadyAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.LaunchAsync(_playwright);
        await ready;
        // The system is ready without its dashboard.
        await Wait.UntilAsync(() => (string?)Resource("dashboard")["state"] == "Healthy", "the dashboard is healthy", TimeSpan.FromMilliseconds(Patience));
        Login = new Uri(Printed("dashboard: "));
        Ingest = new HttpClient { BaseAddress = new Uri((string)Resource("ingest-api")["urls"]![0]!) };
        Ingest.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Printed("admin-key: "));
    }

    /// <summary>A page of a reader of its own, logged in or not.</summary>
    public async Task<IPage> OpenAsync(string path, bool login = true, int width = 1280)
    {
        var context = await _browser.NewContextAsync(new() { BaseURL = Login.GetLeftPart(UriPartial.Authority), ViewportSize = new() { Width = width, Height = 860 } });
        context.SetDefaultTimeout(Patience);
        var page = await context.NewPageAsync();
        if (login)
            await page.GotoAsync(Login.PathAndQuery);
        await page.GotoAsync(path);
        return page;
    }

    /// <summary>Registers an instance and sends one sample of it; the trace id of the request.</summary>
    public async Task<string> PostSampleAsync(CancellationToken cancellationToken)
    {
        var instance = Guid.NewGuid();
        using var registered = await Ingest.PutAsJsonAsync($"/v1/instances/{instance}", new { name = $"browser-{instance:N}" }, cancellationToken);
        registered.EnsureSuccessStatusCode();
        var trace = Guid.NewGuid().ToString("N");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/usage")
        {
            Content = JsonContent.Create(new { instance_id = instance, timestamp = TimeProvider.System.GetUtcNow(), cpu_usage = 12.5 }),
            Headers = { { "traceparent", $"00-{trace}-00f067aa0ba902b7-01" } },
        };
        using var answer = await Ingest.SendAsync(request, cancellationToken);
        answer.EnsureSuccessStatusCode();
        return trace;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        Ingest?.Dispose();
        _host.Dispose();
    }

    private string Printed(string label) => _host.Lines.First(l => l.StartsWith(label, StringComparison.Ordinal))[label.Length..];

    /// <summary>What run.json says of a resource.</summary>
    private JsonNode Resource(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(_host.State, "run.json")))!["resources"]!.AsArray()
        .Single(r => (string)r!["name"]! == name)!;
}
