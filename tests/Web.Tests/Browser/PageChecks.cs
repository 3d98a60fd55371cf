using System.Text.Json;
using LaunchStack.TestSupport;
using Microsoft.Playwright;

namespace LaunchStack.Web.Tests.Browser;

/// <summary>What every page has to be.</summary>
internal static class PageChecks
{
    private static readonly Lazy<string> Axe = new(() => File.ReadAllText(
        Path.Combine(RepositoryRoot.Path, "tests", "Web.Tests", "axe", "node_modules", "axe-core", "axe.min.js")));

    /// <summary>Loads a page in a size and a theme: no console error, no request elsewhere, no horizontal scroll, nothing serious by axe-core.</summary>
    public static async Task AssertSoundAsync(FleetFixture fleet, string path, int width, ColorScheme theme, string name)
    {
        var page = await fleet.OpenAsync(width, theme);
        await using var context = page.Context;
        var faults = new List<string>();
        page.Console += (_, message) => { if (message.Type is "error" or "warning") faults.Add(message.Text); };
        page.PageError += (_, error) => faults.Add(error);
        page.Request += (_, request) => { if (!request.Url.StartsWith(fleet.Address, StringComparison.Ordinal)) faults.Add($"asks {request.Url}"); };
        page.Response += (_, answer) => { if (answer.Status >= 400) faults.Add($"{answer.Url} answered {answer.Status}"); };

        await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.NetworkIdle });
        if (await page.Locator("[data-charts]").CountAsync() > 0)
            await page.Locator("[data-drawn=true]").WaitForAsync();

        await ScreenshotAsync(page, $"{name}-{width}-{theme}".ToLowerInvariant());
        Assert.Empty(faults);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), $"{path} scrolls sideways at {width}");
        // Evaluated by the browser itself, so the page's policy stays as it is.
        await page.EvaluateAsync(Axe.Value + ";0");
        var found = await page.EvaluateAsync<JsonElement>("axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations.map(v => ({ impact: v.impact, id: v.id, nodes: v.nodes.map(n => n.html + ' ' + n.failureSummary) })))");
        var serious = found.EnumerateArray().Where(v => v.GetProperty("impact").GetString() is "serious" or "critical").Select(v => v.ToString()).ToList();
        Assert.True(serious.Count == 0, $"{path} at {width} in {theme}: {string.Join("\n", serious)}");
    }

    /// <summary>Keeps a picture where LAUNCHSTACK_SCREENSHOTS says, for people to look at.</summary>
    public static async Task ScreenshotAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("LAUNCHSTACK_SCREENSHOTS") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
    }
}
