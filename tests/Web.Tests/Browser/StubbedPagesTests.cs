using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LaunchStack.Web.Tests.Browser;

public sealed class StubbedPagesTests(StubbedPages pages) : IClassFixture<StubbedPages>
{
    private const string Id = StubbedPages.Id;

    [Theory]
    [InlineData("/login", "login", 200)]
    [InlineData("/nowhere", "nowhere", 404)]
    [InlineData("/", "instances-full", 200)]
    [InlineData("/alerts", "alerts-open", 200)]
    [InlineData("/alerts?view=history", "alerts-past", 200)]
    [InlineData("/alerts?view=failures", "failures-full", 200)]
    [InlineData("/alerts/rules/new", "rule-new", 200)]
    [InlineData($"/alerts/rules/{Id}", "rule", 200)]
    [InlineData("/alerts/routes", "routes-full", 200)]
    [InlineData($"/alerts/routes/{Id}", "route", 200)]
    [InlineData("/usage", "usage-full", 200)]
    [InlineData($"/usage/users/{Id}", "user", 200)]
    [InlineData($"/usage/statements/{Id}", "statement", 200)]
    [InlineData("/database", "database-full", 200)]
    [InlineData("/migration", "migration-full", 200)]
    [InlineData("/keys", "keys-full", 200)]
    public Task A_page_with_all_it_can_show_is_sound(string path, string name, int status) => PageChecks.AssertSoundAsync(pages, path, name, status);

    [Theory]
    [InlineData($"/alerts/rules/{Id}", "Preview the last 30 days", "It would have fired 7 times in 30 days, 3 h 12 min in all.", "preview")]
    [InlineData($"/usage/statements/{Id}", "Compute again", "The same to the last digit: 31 days from raw samples", "proof")]
    public async Task What_a_button_brings_is_sound_too(string path, string button, string answer, string name)
    {
        foreach (var width in new[] { 1280, 390 })
        {
            var page = await pages.OpenAsync(width);
            await using var context = page.Context;
            var faults = PageChecks.Watch(page, pages.Address);
            await page.GotoAsync(path);
            await page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
            await Expect(page.Locator(".done")).ToContainTextAsync(answer);
            await PageChecks.AssertSoundAsync(page, name, faults);
        }
    }

    [Fact]
    public async Task The_report_of_the_move_is_one_file_that_shows_everything_without_a_click()
    {
        var page = await pages.OpenAsync();
        await using var context = page.Context;
        await page.GotoAsync("/migration");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Report" }).ClickAsync());
        Assert.Equal("migration.html", download.SuggestedFilename);
        var file = await download.PathAsync() + ".html";
        await download.SaveAsAsync(file);

        var faults = PageChecks.Watch(page, "file:");
        await page.GotoAsync("file://" + file);

        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Migration report");
        await Expect(page.GetByText("-infinity")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Cell, new() { Name = "differing" })).ToBeVisibleAsync();
        await Expect(page.Locator("main")).Not.ToHaveCSSAsync("padding-top", "0px");
        await PageChecks.AssertSoundAsync(page, "report", faults);
    }
}
