using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LaunchStack.Web.Tests.Browser;

[Collection(FleetCollection.Name)]
public sealed class InstanceListTests(FleetFixture fleet)
{
    [Fact]
    public async Task The_list_filters_by_the_state_that_it_shows()
    {
        var page = await fleet.OpenAsync();
        await using var context = page.Context;
        await page.GotoAsync("/");

        await page.GetByLabel("State").SelectOptionAsync("new");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();

        // Three of the fleet have never sent anything.
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "workflow-29" })).ToBeVisibleAsync();
        var states = await page.Locator("td[data-label=State]").AllInnerTextsAsync();
        Assert.True(states.Count >= 3);
        Assert.All(states, state => Assert.Equal("new", state));
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "n8n-production" })).ToHaveCountAsync(0);
    }
}
