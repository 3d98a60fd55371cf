using System.Text.Json;
using Aspire.Hosting.Testing;
using LaunchStack.TestSupport;
using Microsoft.Playwright;
using Npgsql;

namespace LaunchStack.Web.Tests.Browser;

[Collection(FleetCollection.Name)]
public sealed class BackupTests(FleetFixture fleet)
{
    [Fact]
    public async Task A_backup_of_the_running_system_passes_its_drill_and_stands_on_the_page()
    {
        using (var made = await fleet.Operations.PostAsync("/v1/backups", null, TestContext.Current.CancellationToken))
            Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        JsonElement drills = default;
        await Wait.UntilAsync(
            async () => (drills = JsonSerializer.Deserialize<JsonElement>(await fleet.Operations.GetStringAsync("/v1/backups/drills", TestContext.Current.CancellationToken))).GetArrayLength() > 0,
            "the backup has been restored and compared", TimeSpan.FromMinutes(5));
        Assert.Equal("passed", drills[0].GetProperty("outcome").GetString());

        // The embedded database counts its rows now and then; advice has to be looked at too.
        await using (var database = NpgsqlDataSource.Create((await fleet.App.GetConnectionStringAsync("launchstack", TestContext.Current.CancellationToken))!))
        await using (var analyze = database.CreateCommand("ANALYZE resource_usage"))
            await analyze.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await PageChecks.AssertSoundAsync(fleet, "/database", "database-backups");
        var page = await fleet.OpenAsync();
        await using var context = page.Context;
        await page.GotoAsync("/database");
        await Assertions.Expect(page.Locator("#backups .state.good")).ToHaveTextAsync("completed");
        await Assertions.Expect(page.Locator("#drills .state")).ToHaveTextAsync("passed");
        await Assertions.Expect(page.Locator("#advice tbody tr").First).ToBeVisibleAsync();
    }
}
