using System.Globalization;
using LaunchStack.AppHost.Tests;
using LaunchStack.History.Bench;
using LaunchStack.Web.Bench;
using Microsoft.Playwright;

// dotnet run -c Release --project bench/web -- CONNECTION [VISITS 15] [SAMPLES 4000000] [INSTANCES 10000]
// Pages in Chromium with an empty cache, as administrator: an instance over 30 days beside what it may cost, and the list of all instances.
var server = args.Length > 0 ? args[0] : throw new ArgumentException("Give the connection string of a TimescaleDB server.");
var visits = Number(1, 15);
var samples = Number(2, 4_000_000);
var instances = Number(3, 10_000);

await using var database = await BenchDatabase.CreateAsync(server, instances, samples / instances);
await using var aggregator = await ServedAggregator.StartAsync(database.ConnectionString);
await using var web = await ServedWeb.StartAsync(aggregator.Client.BaseAddress!);
using var playwright = await Playwright.CreateAsync();
await using var browser = await Chromium.LaunchAsync(playwright);
var cookies = await SignInAsync();

Console.WriteLine($"{instances} instances, {samples / instances} samples each over {BenchDatabase.Days} days; {visits} visits, median / largest");
var month = await MeasureAsync(n => $"/instances/{database.Instances[n % instances]}?range=30d");
Print("instance, 30 days: first contentful paint", month, visit => visit.Paint, "ms", 1000);
Print("charts drawn after their data", month, visit => visit.Drawn, "ms", 300);
Print("transferred", month, visit => visit.Bytes / 1000, "kB", 200);
var compared = await MeasureAsync(n => $"/instances/{database.Instances[n]}?range=30d&compare={database.Instances[n + 1]}");
Print("compared with another instance: transferred", compared, visit => visit.Bytes / 1000, "kB", 200);
var list = await MeasureAsync(n => (n % 3) switch { 0 => "/", 1 => "/?sort=-cpu_usage", _ => "/?search=n8" });
Print("list of instances: first contentful paint", list, visit => visit.Paint, "ms", 1000);

async Task<List<PageVisit>> MeasureAsync(Func<int, string> path)
{
    var found = new List<PageVisit>();
    // The first three are the JIT's.
    for (var i = -3; i < visits; i++)
    {
        var visit = await PageVisit.ToAsync(browser, cookies, new Uri(web.Address, path(i + 3)));
        if (i >= 0)
            found.Add(visit);
    }
    return found;
}

async Task<string> SignInAsync()
{
    await using var context = await browser.NewContextAsync();
    var page = await context.NewPageAsync();
    await page.GotoAsync(new Uri(web.Address, "/login").ToString());
    await page.GetByLabel("API key").FillAsync(aggregator.Client.DefaultRequestHeaders.Authorization!.Parameter!);
    await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    await Assertions.Expect(page).ToHaveURLAsync(web.Address.ToString());
    return await context.StorageStateAsync();
}

static void Print(string what, List<PageVisit> visits, Func<PageVisit, double> figure, string unit, double limit)
{
    var sorted = visits.Select(figure).Order().ToList();
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{what,-46} {sorted[sorted.Count / 2],6:0} / {sorted[^1],6:0} {unit}, limit {limit:0} {unit}"));
}

int Number(int index, int otherwise) => args.Length > index ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;
