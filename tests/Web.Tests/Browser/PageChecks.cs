using LaunchStack.TestSupport;
using Microsoft.Playwright;

namespace LaunchStack.Web.Tests.Browser;

/// <summary>What every page has to be.</summary>
internal static class PageChecks
{
    private const string RunAxe =
        """
        options => axe.run(document, { resultTypes: ['violations'], ...options }).then(found => found.violations.filter(v => v.impact === 'serious' || v.impact === 'critical')
          .map(v => `${v.id}: ${v.nodes.map(n => n.html + ' ' + n.failureSummary).join('; ')}`))
        """;

    private static readonly string[] ColorRules = ["color-contrast", "link-in-text-block"];

    private static readonly Lazy<string> Axe = new(() => File.ReadAllText(
        Path.Combine(RepositoryRoot.Path, "tests", "Web.Tests", "axe", "node_modules", "axe-core", "axe.min.js")));

    /// <summary>Loads a page in both sizes and looks at it in both themes.</summary>
    /// <param name="browser">Signed in.</param>
    /// <param name="path">The page.</param>
    /// <param name="name">Of its pictures.</param>
    /// <param name="status">What it answers.</param>
    public static async Task AssertSoundAsync(BrowserFixture browser, string path, string name, int status = 200)
    {
        foreach (var width in new[] { 1280, 390 })
        {
            var page = await browser.OpenAsync(width);
            await using var context = page.Context;
            var faults = Watch(page, browser.Address, status);
            Assert.Equal(status, (await page.GotoAsync(path))!.Status);
            await AssertSoundAsync(page, name, faults);
        }
    }

    /// <summary>No console error, no request elsewhere, no horizontal scroll, nothing serious by axe-core, light and dark.</summary>
    public static async Task AssertSoundAsync(IPage page, string name, List<string> faults)
    {
        if (await page.Locator("[data-charts]").CountAsync() > 0)
            await page.Locator("[data-drawn=true]").WaitForAsync();
        // Evaluated by the browser itself, so the page's policy stays as it is.
        await page.EvaluateAsync(Axe.Value + ";0");
        var width = page.ViewportSize!.Width;
        foreach (var theme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = theme });
            await ScreenshotAsync(page, $"{name}-{width}-{theme}".ToLowerInvariant());
            Assert.True(await IsWithinAsync(page), $"{page.Url} scrolls sideways at {width}");
            // A theme changes colours and nothing else.
            var serious = await page.EvaluateAsync<string[]>(RunAxe, theme == ColorScheme.Light ? new { } : (object)new { runOnly = ColorRules });
            Assert.True(serious.Length == 0, $"{page.Url} at {width} in {theme}: {string.Join('\n', serious)}");
            Assert.Empty(faults);
        }
    }

    /// <summary>Notes whatever goes wrong on a page from now on.</summary>
    /// <param name="page">The page.</param>
    /// <param name="address">Where everything comes from.</param>
    /// <param name="status">What the page itself may answer.</param>
    public static List<string> Watch(IPage page, string address, int status = 200)
    {
        var faults = new List<string>();
        // Chromium reports a page's own status as an error too.
        var own = status >= 400 ? $"status of {status}" : null;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && (own is null || !message.Text.Contains(own, StringComparison.Ordinal)))
                faults.Add(message.Text);
        };
        page.PageError += (_, error) => faults.Add(error);
        page.Request += (_, request) => { if (!request.Url.StartsWith(address, StringComparison.Ordinal)) faults.Add($"asks {request.Url}"); };
        page.Response += (_, answer) => { if (answer.Status >= 400 && answer.Status != status) faults.Add($"{answer.Url} answered {answer.Status}"); };
        return faults;
    }

    /// <summary>Whether nothing scrolls sideways.</summary>
    public static Task<bool> IsWithinAsync(IPage page) =>
        page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth");

    /// <summary>Keeps a picture where LAUNCHSTACK_SCREENSHOTS says, for people to look at.</summary>
    public static async Task ScreenshotAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("LAUNCHSTACK_SCREENSHOTS") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
    }
}
