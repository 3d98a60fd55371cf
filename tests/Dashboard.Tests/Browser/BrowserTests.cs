using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LaunchStack.Dashboard.Tests.Browser;

/// <summary>A reader's walk through the pages while the real system runs.</summary>
public sealed class BrowserTests(SystemFixture system) : IClassFixture<SystemFixture>
{
    private static readonly string[] Services = ["dashboard", "timescale", "messaging", "ingest-api", "aggregator", "agent"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_resources_are_shown_running()
    {
        var page = await system.OpenAsync("/");

        foreach (var service in Services)
            await Expect(Row(page, service)).ToContainTextAsync("Healthy");
        await Expect(Row(page, "migrator")).ToContainTextAsync("Finished");

        await page.GetByRole(AriaRole.Button, new() { Name = "Graph" }).ClickAsync();
        foreach (var service in Services)
            await Expect(page.Locator(".graph")).ToContainTextAsync(service);
    }

    [Fact]
    public async Task A_resource_is_stopped_and_started_again_and_its_console_goes_on()
    {
        var console = await system.OpenAsync("/console?resource=agent");
        var starts = console.Locator("#console").GetByText("Application started");
        await Expect(starts).ToHaveCountAsync(1);
        var page = await system.OpenAsync("/");
        var agent = Row(page, "agent");
        var pid = await agent.Locator("[data-label=Pid]").InnerTextAsync();

        await agent.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await Expect(agent).ToContainTextAsync("Stopped");

        await agent.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
        await Expect(agent).ToContainTextAsync("Healthy");
        await Expect(agent.Locator("[data-label=Pid]")).Not.ToHaveTextAsync(pid);
        await Expect(starts).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task A_command_of_the_app_host_says_how_it_ended()
    {
        var page = await system.OpenAsync("/");

        await Row(page, "aggregator").GetByRole(AriaRole.Button, new() { Name = "Refresh rollups" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync(new Regex("Refresh rollups.*aggregator.*done"));
    }

    [Fact]
    public async Task A_post_is_followed_from_the_list_to_the_aggregators_span()
    {
        var trace = await system.PostSampleAsync(Cancelled);
        var page = await system.OpenAsync("/traces");

        await page.GetByLabel("Name or id").FillAsync(trace);
        var link = page.GetByRole(AriaRole.Link, new() { Name = "POST /v1/usage" });
        await Expect(link).ToHaveCountAsync(1);
        await link.ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex(trace));

        var spans = page.Locator(".waterfall .bar-row");
        await Expect(spans.Filter(new() { HasText = "ingest-api" }).Filter(new() { HasText = "usage.commit" })).ToBeVisibleAsync();
        // The aggregator gathers events for some seconds; the page shows its spans once they come. The refresh itself stands in the
        // trace of the first event of its batch, which may be the agent's.
        var received = spans.Filter(new() { HasText = "aggregator" }).Filter(new() { HasText = "usage-rollups receive" });
        await received.ClickAsync();
        await Expect(page.Locator(".span-details")).ToContainTextAsync("MassTransit");
    }

    [Fact]
    public async Task Logs_are_filtered_by_resource_and_text()
    {
        var page = await system.OpenAsync("/logs");
        await page.GetByLabel("Resource").SelectOptionAsync("ingest-api");
        await page.GetByLabel("Text").FillAsync("Samples go into");

        var rows = page.Locator("tbody tr");
        await Expect(rows).ToHaveCountAsync(1);
        await Expect(rows).ToContainTextAsync("ingest-api");
        await rows.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(page.Locator("tr.details")).ToContainTextAsync("DatabaseReport");

        await page.GetByLabel("Text").FillAsync("nobody has ever said this");
        await Expect(page.Locator(".empty")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_metrics_chart_moves()
    {
        var page = await system.OpenAsync("/metrics?resource=ingest-api");
        await system.PostSampleAsync(Cancelled);
        await page.GetByRole(AriaRole.Button, new() { Name = "launchstack.ingest.samples", Exact = true }).ClickAsync();
        var line = page.Locator(".chart path.line").First;
        var before = await line.GetAttributeAsync("d");

        await system.PostSampleAsync(Cancelled);

        await Expect(line).Not.ToHaveAttributeAsync("d", before!);
        await Expect(page.Locator("figcaption")).ToContainTextAsync("accepted");
    }

    [Fact]
    public async Task Only_the_token_opens_the_pages()
    {
        var page = await system.OpenAsync("/login?t=wrong", login: false);
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not the token");
        await page.GotoAsync("/traces");
        await Expect(page).ToHaveURLAsync(new Regex("/login"));

        await page.GetByLabel("Token").FillAsync(System.Web.HttpUtility.ParseQueryString(system.Login.Query)["t"]!);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Resources" })).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(400)]
    public async Task Every_page_fits_its_window_and_breaks_nowhere(int width)
    {
        var page = await system.OpenAsync("/", width: width);
        var errors = new List<string>();
        page.PageError += (_, error) => errors.Add(error);
        foreach (var (path, title) in new[]
        {
            ("/", "Resources"), ("/console?resource=timescale", "Console"), ("/logs", "Structured logs"), ("/traces", "Traces"),
            ("/metrics?resource=aggregator&instrument=dotnet.gc.collections", "Metrics"),
            ("/nowhere", "No such page"),
        })
        {
            await page.GotoAsync(path);
            await Expect(page).ToHaveTitleAsync(new Regex(title));
            await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
            Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{path} is wider than {width} pixels");
            await Expect(page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
        }

        Assert.Empty(errors);
    }

    private static ILocator Row(IPage page, string resource) => page.Locator($"tr[data-resource='{resource}']");
}
