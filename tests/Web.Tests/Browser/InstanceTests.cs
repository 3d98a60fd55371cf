using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;
using LaunchStack.AppHost.Tests;
using LaunchStack.TestSupport;
using LaunchStack.Web.Charts;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LaunchStack.Web.Tests.Browser;

[Collection(FleetCollection.Name)]
public sealed class InstanceTests(FleetFixture fleet)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dragging_over_a_chart_zooms_by_the_address_and_the_address_brings_it_back()
    {
        var page = await fleet.OpenAsync();
        await using var context = page.Context;
        await page.GotoAsync($"/instances/{fleet.Busy}?range=24h");
        await page.Locator("[data-drawn=true]").WaitForAsync();
        var box = (await page.Locator("[data-panel=cpu] .u-over").BoundingBoxAsync())!;

        await page.Mouse.MoveAsync(box.X + (box.Width / 4), box.Y + 50);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + (box.Width / 2), box.Y + 60, new() { Steps = 5 });
        await page.Mouse.UpAsync();

        await Expect(page).ToHaveURLAsync(new Regex(@"\?from=.*&to="));
        await page.Locator("[data-drawn=true]").WaitForAsync();
        var zoomed = page.Url;
        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(new Uri(zoomed).Query);
        var span = DateTimeOffset.Parse(query["to"]!, CultureInfo.InvariantCulture) - DateTimeOffset.Parse(query["from"]!, CultureInfo.InvariantCulture);
        Assert.InRange(span.TotalHours, 5.8, 6.2);
        await page.GoBackAsync();
        await Expect(page).ToHaveURLAsync(new Regex("range=24h"));
        await page.GoForwardAsync();
        await Expect(page).ToHaveURLAsync(zoomed);
        await Expect(page.Locator("[name=from]").First).ToHaveAttributeAsync("data-utc", query["from"].ToString());
    }

    [Fact]
    public async Task One_cursor_runs_over_all_charts_and_the_keyboard_moves_it()
    {
        var page = await fleet.OpenAsync();
        await using var context = page.Context;
        await page.GotoAsync($"/instances/{fleet.Busy}?range=24h");
        await page.Locator("[data-drawn=true]").WaitForAsync();
        var disk = page.Locator("[data-panel=disk] [data-value=average]");
        var newest = await disk.TextContentAsync();

        await page.Locator("[data-panel=cpu] .u-over").HoverAsync(new() { Position = new() { X = 20, Y = 50 } });
        await Expect(disk).Not.ToHaveTextAsync(newest!);

        // By the cursors' places: the values of two times may be the same.
        var cursors = page.Locator("[data-panel] .u-cursor-x");
        var before = await PlacesAsync();
        Assert.True(before.Length > 3);
        await page.Locator("[data-panel=cpu] .u-over").FocusAsync();
        for (var i = 0; i < 5; i++)
            await page.Keyboard.PressAsync("ArrowRight");
        await Wait.UntilAsync(
            async () => before.Zip(await PlacesAsync()).All(cursor => cursor.Second - cursor.First is > 2 and < 100), "every cursor is five buckets further");
        var value = page.Locator("[data-panel=cpu] [data-value=average]");
        await Expect(value).ToContainTextAsync("%");

        // The legend follows: one of the next values is another.
        var shown = await value.TextContentAsync();
        for (var i = 0; i < 50 && await value.TextContentAsync() == shown; i++)
            await page.Keyboard.PressAsync("ArrowRight");
        await Expect(value).Not.ToHaveTextAsync(shown!);

        Task<double[]> PlacesAsync() => cursors.EvaluateAllAsync<double[]>("lines => lines.map(line => line.getBoundingClientRect().x)");
    }

    [Fact]
    public async Task Csv_and_json_of_the_address_are_the_figures_of_the_aggregator_and_of_the_chart()
    {
        var page = await fleet.OpenAsync();
        await using var context = page.Context;
        const string Span = "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z";
        var now = TimeProvider.System.GetUtcNow();
        var range = new ChartRange(now.AddHours(-24), now.AddHours(-1), null).Absolute;
        var api = await fleet.Aggregator.GetStringAsync($"/v1/instances/{fleet.Busy}/stats/history?{range}&points=300", Cancelled);

        var json = await (await context.APIRequest.GetAsync($"/instances/{fleet.Busy}.json?{range}")).TextAsync();
        var csv = (await (await context.APIRequest.GetAsync($"/instances/{fleet.Busy}.csv?{range}")).TextAsync()).Trim().Split("\r\n");
        var chart = JsonNode.Parse(await (await context.APIRequest.GetAsync($"/instances/{fleet.Busy}/chart?{range}")).TextAsync())!;
        var empty = await context.APIRequest.GetAsync($"/instances/{fleet.Busy}.csv?{Span}");

        Assert.Equal(api, json);
        using var history = JsonDocument.Parse(api);
        var columns = csv[0].Split(',');
        Assert.Equal(history.RootElement.GetArrayLength(), csv.Length - 1);
        foreach (var (bucket, line) in history.RootElement.EnumerateArray().Zip(csv.Skip(1)))
            Assert.Equal(columns.Select(column => bucket.TryGetProperty(column, out var value) ? value.ToString() : ""), line.Split(','));
        Assert.Equal(
            history.RootElement.EnumerateArray().Select(bucket => bucket.GetProperty("cpu_usage").GetDouble()),
            chart["panels"]![0]!["lines"]![0]!["values"]!.AsArray().Where(value => value is not null).Select(value => (double)value!));
        Assert.Equal("timestamp", (await empty.TextAsync()).Split(',')[0]);
        var png = await context.APIRequest.GetAsync($"/instances/{fleet.Busy}.png?{range}");
        Assert.Equal((200, "image/png"), (png.Status, png.Headers["content-type"]));
        if (Environment.GetEnvironmentVariable("LAUNCHSTACK_SCREENSHOTS") is { Length: > 0 } folder)
            await File.WriteAllBytesAsync(Path.Combine(folder, "picture.png"), await png.BodyAsync(), Cancelled);
    }

    [Fact]
    public async Task With_a_comparison_the_files_hold_the_other_history_too()
    {
        var page = await fleet.OpenAsync();
        await using var context = page.Context;
        var now = TimeProvider.System.GetUtcNow();
        var range = new ChartRange(now.AddHours(-12), now.AddHours(-1), null);
        var before = await fleet.Aggregator.GetStringAsync($"/v1/instances/{fleet.Busy}/stats/history?{range.Before.Absolute}&points=300", Cancelled);

        using var json = JsonDocument.Parse(
            await (await context.APIRequest.GetAsync($"/instances/{fleet.Busy}.json?{range.Absolute}&compare=before")).TextAsync());
        var csv = await (await context.APIRequest.GetAsync($"/instances/{fleet.Busy}.csv?{range.Absolute}&compare=before")).TextAsync();

        Assert.Equal(before, json.RootElement.GetProperty("compared").GetRawText());
        Assert.Equal(json.RootElement.GetProperty("compared").GetArrayLength(), csv.Split("\r\n").Count(line => line.EndsWith(",true", StringComparison.Ordinal)));
        Assert.Equal(json.RootElement.GetProperty("history").GetArrayLength(), csv.Split("\r\n").Count(line => line.EndsWith(",false", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_page_that_is_looked_at_shows_a_new_sample_by_itself()
    {
        var id = Guid.NewGuid();
        using (var registered = await fleet.Ingest.PutAsJsonAsync($"/v1/instances/{id}", new { name = "live" }, Cancelled))
            registered.EnsureSuccessStatusCode();
        var page = await fleet.OpenAsync();
        await using var context = page.Context;
        await page.Clock.InstallAsync();
        await page.GotoAsync($"/instances/{id}?range=10m");
        await page.Locator("[data-drawn=true]").WaitForAsync();
        var value = page.Locator("[data-panel=cpu] [data-value=average]");
        await Expect(value).ToHaveTextAsync("–");

        using (var posted = await fleet.Ingest.PostAsJsonAsync("/v1/usage", new { instance_id = id, timestamp = TimeProvider.System.GetUtcNow(), cpu_usage = 43.2 }, Cancelled))
            posted.EnsureSuccessStatusCode();
        await page.Clock.FastForwardAsync(10_000);

        await Expect(value).ToHaveTextAsync("43.2 %");
    }

    [Fact]
    public async Task The_gap_and_the_restart_are_named()
    {
        var page = await fleet.OpenAsync(script: false);
        await using var context = page.Context;

        await page.GotoAsync($"/instances/{fleet.Busy}?range=24h");

        await Expect(page.Locator(".events li").Filter(new() { HasText = "restart" }).First).ToBeVisibleAsync();
        await Expect(page.Locator(".events li").Filter(new() { HasText = "silent" }).First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Without_a_script_there_is_a_drawing_and_a_table_in_utc()
    {
        var page = await fleet.OpenAsync(script: false);
        await using var context = page.Context;

        await page.GotoAsync($"/instances/{fleet.Busy}?range=1h");

        await Expect(page.Locator("[data-panel=cpu] svg path.line.average")).ToHaveAttributeAsync("d", new Regex("^M.*L"));
        await Expect(page.Locator(".figures tbody tr time").First).ToContainTextAsync("UTC");
        await page.GetByLabel("Compare with").SelectOptionAsync("before");
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("range=1h&compare=before"));
        await PageChecks.ScreenshotAsync(page, "without-script");
    }

    [Fact]
    public async Task A_months_page_is_light_and_quick()
    {
        var page = await fleet.OpenAsync();
        await using var context = page.Context;
        await page.GotoAsync($"/instances/{fleet.Busy}?range=30d", new() { WaitUntil = WaitUntilState.NetworkIdle });
        await page.Locator("[data-drawn=true]").WaitForAsync();

        var bytes = await page.EvaluateAsync<double>("[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce((sum, e) => sum + e.transferSize, 0)");
        var painted = await page.EvaluateAsync<double>("performance.getEntriesByName('first-contentful-paint')[0].startTime");
        var drawn = await page.EvaluateAsync<double>("performance.getEntriesByName('chart')[0].duration");

        // The times depend on the machine: recorded, not judged.
        TestContext.Current.TestOutputHelper!.WriteLine($"{bytes / 1000:0} kB transferred, first contentful paint after {painted:0} ms, charts {drawn:0} ms after their data");
        Assert.InRange(bytes, 1, 200_000);
    }

    [Fact]
    public async Task A_strangers_key_sees_nothing_of_others()
    {
        var own = Guid.NewGuid();
        using (var registered = await fleet.Ingest.PutAsJsonAsync($"/v1/instances/{own}", new { name = "the-strangers-own" }, Cancelled))
            registered.EnsureSuccessStatusCode();
        var page = await fleet.OpenAsync(cookies: await fleet.SignInWithAsync(new { name = "stranger", scopes = new[] { "read" }, instance_id = own }));
        await using var context = page.Context;

        await page.GotoAsync("/");
        await Expect(page.Locator(".instances tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Locator(".instances tbody tr")).ToContainTextAsync("the-strangers-own");

        foreach (var path in new[] { $"/instances/{fleet.Busy}", $"/instances/{fleet.Busy}.csv", $"/instances/{fleet.Busy}.json", $"/instances/{fleet.Busy}.png", $"/instances/{fleet.Busy}/chart", $"/instances/{own}?compare={fleet.Busy}" })
        {
            var answer = await context.APIRequest.GetAsync(path);
            Assert.Equal((path, 403), (path, answer.Status));
            Assert.DoesNotContain("n8n-production", await answer.TextAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_stopped_aggregator_is_told_and_once_it_is_back_the_page_is()
    {
        var page = await fleet.OpenAsync();
        await using var context = page.Context;
        using (var process = await fleet.App.ProcessOfAsync("aggregator", Cancelled))
            process.Kill();
        await fleet.App.ResourceNotifications.WaitForResourceAsync("aggregator", e => KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), Cancelled);

        var answer = await page.GotoAsync("/");

        Assert.Equal(503, answer!.Status);
        await Expect(page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("The service aggregator does not answer");
        await Expect(page.GetByText("aspire resource aggregator start")).ToBeVisibleAsync();
        await PageChecks.ScreenshotAsync(page, "stopped");
        var started = await fleet.App.ResourceCommands.ExecuteCommandAsync("aggregator", KnownResourceCommands.StartCommand, Cancelled);
        Assert.True(started.Success, started.Message);
        await fleet.App.ResourceNotifications.WaitForResourceHealthyAsync("aggregator", Cancelled);
        await page.GetByRole(AriaRole.Link, new() { Name = "Try again" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Instances");
    }
}
