using Microsoft.Playwright;

namespace LaunchStack.Web.Bench;

/// <summary>One page as a browser with an empty cache takes it.</summary>
/// <param name="Paint">First contentful paint, in ms after the click.</param>
/// <param name="Drawn">From the charts' data to the frame that shows all of them, in ms; 0 without charts.</param>
/// <param name="Bytes">Transferred: the page, its files and the data, with their headers.</param>
internal sealed record PageVisit(double Paint, double Drawn, double Bytes)
{
    private const string Figures =
        """
        () => {
          const all = performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'));
          return [performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.getEntriesByName('chart')[0]?.duration ?? 0,
            all.reduce((sum, entry) => sum + entry.transferSize, 0)];
        }
        """;

    public static async Task<PageVisit> ToAsync(IBrowser browser, string cookies, Uri address)
    {
        await using var context = await browser.NewContextAsync(new() { StorageState = cookies, ViewportSize = new() { Width = 1280, Height = 900 } });
        var page = await context.NewPageAsync();
        await page.GotoAsync(address.ToString(), new() { WaitUntil = WaitUntilState.NetworkIdle });
        if (await page.Locator("[data-charts]").CountAsync() > 0)
            await page.Locator("[data-drawn=true]").WaitForAsync();
        var figures = await page.EvaluateAsync<double[]>(Figures);
        return new(figures[0], figures[1], figures[2]);
    }
}
