using System.Text.RegularExpressions;
using LaunchStack.TestSupport;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LaunchStack.AppHost.Tests;

/// <summary>The real dashboard over the running system, in Chromium.</summary>
[Collection(SystemCollection.Name)]
public sealed class DashboardTests(SystemFixture system) : IAsyncLifetime
{
    // Milliseconds, as Playwright has them: long enough for a machine that is busy with ten other things.
    private const float Patience = 90_000;
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;
    private IPage _page = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        SetDefaultExpectTimeout(Patience);
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.LaunchAsync(_playwright);
        var context = await _browser.NewContextAsync(new()
        {
            BaseURL = system.DashboardLogin.GetLeftPart(UriPartial.Authority),
            ViewportSize = new() { Width = 1400, Height = 800 },
        });
        context.SetDefaultTimeout(Patience);
        _page = await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    [Fact]
    public async Task Without_its_token_nobody_gets_in()
    {
        await _page.GotoAsync("/");

        await Expect(_page).ToHaveURLAsync(new Regex("/login"));
    }

    [Fact]
    public async Task The_token_logs_in_and_every_resource_is_running_and_no_certificate_is_asked_for()
    {
        await _page.GotoAsync(system.DashboardLogin.PathAndQuery);

        foreach (var resource in new[] { "timescale", "launchstack", "messaging", "ingest-api", "aggregator", "web", "agent" })
            await Expect(Row(resource)).ToContainTextAsync("Running");
        await Expect(Row("migrator")).ToContainTextAsync("Finished");
        await Expect(_page.GetByText("certificate", new() { Exact = false })).ToHaveCountAsync(0);
        if (Environment.GetEnvironmentVariable("LAUNCHSTACK_SCREENSHOT") is { Length: > 0 } file)
            await _page.ScreenshotAsync(new() { Path = file });
    }

    [Fact]
    public async Task A_post_is_one_trace_with_spans_of_ingest_and_aggregator()
    {
        var trace = await system.PostAsync(await system.RegisterAsync(), TimeProvider.System.GetUtcNow());
        await Wait.UntilAsync(
            async () => (await Telemetry.SpansAsync(system.Dashboard, Cancelled)).Any(span => span.Trace == trace && span.Resource == "aggregator"),
            "the trace has reached the aggregator", TimeSpan.FromSeconds(120));

        await LogInAsync($"/traces/detail/{trace}");

        await Expect(_page.GetByText("POST /v1/usage").First).ToBeVisibleAsync();
        await Expect(_page.GetByText("usage.commit").First).ToBeVisibleAsync();
        await Expect(_page.GetByRole(AriaRole.Row).Filter(new() { HasText = "aggregator" }).First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_log_of_a_service_is_structured()
    {
        await LogInAsync("/structuredlogs/resource/ingest-api");

        await Expect(_page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Samples are in the" }).First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_metric_of_ours_is_drawn()
    {
        await system.PostAsync(await system.RegisterAsync(), TimeProvider.System.GetUtcNow());

        await LogInAsync("/metrics/resource/ingest-api?meter=LaunchStack.Ingest&instrument=launchstack.ingest.samples");

        await Expect(_page.GetByText("launchstack.ingest.samples").First).ToBeVisibleAsync();
        await Expect(_page.Locator(".js-plotly-plot, .plot-container").First).ToBeVisibleAsync();
    }

    private ILocator Row(string resource) =>
        _page.GetByRole(AriaRole.Row).Filter(new() { Has = _page.GetByText(resource, new() { Exact = true }) }).First;

    private async Task LogInAsync(string path)
    {
        await _page.GotoAsync(system.DashboardLogin.PathAndQuery);
        await Expect(Row("ingest-api")).ToBeVisibleAsync();
        await _page.GotoAsync(path);
    }
}
