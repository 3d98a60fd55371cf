using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LaunchStack.Web.Tests.Browser;

[Collection(FleetCollection.Name)]
public sealed class AlertFormTests(FleetFixture fleet)
{
    private const string Rule = "made in a browser";

    [Fact]
    public async Task A_rule_is_previewed_made_changed_muted_and_ended_by_its_forms()
    {
        var page = await fleet.OpenAsync();
        await using var context = page.Context;
        page.Dialog += (_, dialog) => dialog.AcceptAsync();
        await page.GotoAsync("/alerts?view=rules");
        await page.GetByRole(AriaRole.Link, new() { Name = "Make a rule" }).ClickAsync();

        await page.GetByLabel("Name").FillAsync(Rule);
        await page.GetByLabel("Above").FillAsync("5");
        await page.GetByRole(AriaRole.Button, new() { Name = "Preview" }).ClickAsync();
        await Expect(page.Locator(".done")).ToContainTextAsync("It would have fired");
        Assert.Null(await FindAsync());

        // Never reached: what other tests look at stays quiet.
        await page.GetByLabel("Measure").SelectOptionAsync("disk_usage");
        await page.GetByLabel("Above").FillAsync("1e15");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the rule" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/alerts/rules/[0-9a-f-]{36}$"));
        Assert.Equal(("disk_usage", 1e15, 1), Of((await FindAsync())!.Value));

        await page.GetByLabel("Above").FillAsync("2e15");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save as a new version" }).ClickAsync();
        await Expect(page.GetByText("Version 2 ·")).ToBeVisibleAsync();
        Assert.Equal(("disk_usage", 2e15, 2), Of((await FindAsync())!.Value));

        await page.GetByRole(AriaRole.Button, new() { Name = "For an hour" }).ClickAsync();
        await Expect(page.GetByText("Muted until")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "End the rule" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("view=rules"));
        Assert.Null(await FindAsync());
    }

    [Fact]
    public async Task A_route_that_nobody_listens_at_says_so_when_it_is_tried()
    {
        var page = await fleet.OpenAsync();
        await using var context = page.Context;
        page.Dialog += (_, dialog) => dialog.AcceptAsync();
        await page.GotoAsync("/alerts/routes");

        await page.GetByLabel("Name").FillAsync("nobody");
        await page.GetByLabel("URL").FillAsync("http://127.0.0.1:1/hook");
        // It is not to be told of anything that really happens.
        await page.GetByLabel("on", new() { Exact = true }).UncheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Make" }).ClickAsync();
        await Expect(page.Locator(".secret")).ToContainTextAsync("whsec_");

        await page.GetByRole(AriaRole.Button, new() { Name = "Send a test to nobody" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("'nobody' did not take the test:");
        await page.GetByRole(AriaRole.Button, new() { Name = "End nobody" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "End nobody" })).ToHaveCountAsync(0);
    }

    private static (string?, double, int) Of(JsonElement rule) =>
        (rule.GetProperty("measure").GetString(), rule.GetProperty("above").GetDouble(), rule.GetProperty("version").GetInt32());

    private async Task<JsonElement?> FindAsync()
    {
        using var rules = JsonDocument.Parse(await fleet.Aggregator.GetStringAsync("/v1/alert-rules", TestContext.Current.CancellationToken));
        var found = rules.RootElement.EnumerateArray().Where(rule => rule.GetProperty("name").GetString() == Rule).ToList();
        return found.Count == 0 ? null : found[0].Clone();
    }
}
