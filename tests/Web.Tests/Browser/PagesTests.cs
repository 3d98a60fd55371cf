namespace LaunchStack.Web.Tests.Browser;

[Collection(FleetCollection.Name)]
public sealed class PagesTests(FleetFixture fleet)
{
    [Theory]
    [InlineData("/", "instances")]
    [InlineData("/?search=nothing-of-this-name", "instances-empty")]
    [InlineData("/instances/BUSY?range=24h", "instance")]
    [InlineData("/instances/BUSY?range=30d&compare=before", "instance-compared")]
    [InlineData("/alerts", "alerts")]
    [InlineData("/alerts?view=history", "alerts-history")]
    [InlineData("/alerts?view=rules", "rules")]
    [InlineData("/alerts?view=failures", "failures")]
    [InlineData("/usage", "usage")]
    [InlineData("/database", "database")]
    [InlineData("/migration", "migration")]
    [InlineData("/keys", "keys")]
    [InlineData("/alerts/routes", "routes")]
    public Task A_page_is_sound_in_every_size_and_theme(string path, string name) =>
        PageChecks.AssertSoundAsync(fleet, path.Replace("BUSY", fleet.Busy.ToString(), StringComparison.Ordinal), name);

    [Theory]
    [InlineData(360)]
    [InlineData(2560)]
    public async Task The_narrowest_and_the_widest_screen_do_not_scroll_sideways(int width)
    {
        var page = await fleet.OpenAsync(width);
        await using var context = page.Context;
        foreach (var path in new[] { "/", $"/instances/{fleet.Busy}?range=24h" })
        {
            await page.GotoAsync(path);
            await PageChecks.ScreenshotAsync(page, $"width-{width}{(path == "/" ? "" : "-instance")}");
            Assert.True(await PageChecks.IsWithinAsync(page), path);
        }
    }
}
