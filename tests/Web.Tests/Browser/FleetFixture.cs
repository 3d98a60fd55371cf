using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using LaunchStack.AppHost.Tests;
using LaunchStack.TestSupport;

namespace LaunchStack.Web.Tests.Browser;

/// <summary>The real system with a small fleet of a month's samples, and a browser that is signed in as administrator.</summary>
public sealed class FleetFixture : BrowserFixture
{
    // A cold start on a busy machine; a quiet one takes about 20 s.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly TemporaryDirectory _state = new("web-system");
    private IDistributedApplicationTestingBuilder _builder = null!;

    public DistributedApplication App { get; private set; } = null!;

    public HttpClient Ingest { get; private set; } = null!;

    public HttpClient Aggregator { get; private set; } = null!;

    public HttpClient Operations { get; private set; } = null!;

    /// <summary>Has a month of samples, a restart and a gap.</summary>
    public Guid Busy { get; } = Guid.NewGuid();

    public override async ValueTask InitializeAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        _builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>([$"--LaunchStack:State={_state.Path}"], patience.Token);
        // The fleet is the test's own.
        _builder.Resources.Remove(_builder.Resources.Single(resource => resource.Name == "agent"));
        // Rollups of the month that is sent at once, and policies, would hold the only session of the embedded database; pages read samples as well.
        _builder.CreateResourceBuilder<ProjectResource>("aggregator").WithEnvironment("Rollups__Debounce", "00:10:00").WithEnvironment("Policies__Interval", "01:00:00");
        App = await _builder.BuildAsync(patience.Token);
        await App.StartAsync(patience.Token);
        foreach (var name in new[] { "ingest-api", "aggregator", "web" })
            await App.ResourceNotifications.WaitForResourceHealthyAsync(name, patience.Token);
        var key = new AuthenticationHeaderValue("Bearer", await ParameterAsync("admin-key", patience.Token));
        Ingest = RetryUnavailable.Client(App.GetEndpoint("ingest-api", "http"), key);
        Aggregator = RetryUnavailable.Client(App.GetEndpoint("aggregator", "http"), key);
        await SeedAsync(patience.Token);
        // Degraded by an alarm it is up all the same: its first reading is what the page needs.
        Operations = RetryUnavailable.Client(App.GetEndpoint("operations", "http"), key);
        using var read = await Operations.GetAsync("/v1/database", patience.Token);
        read.EnsureSuccessStatusCode();

        var login = await ParameterAsync("web-login", patience.Token);
        await StartAsync(App.GetEndpoint("web", "http"), () => SignInAsync($"/login?t={login}", "Continue", _ => Task.CompletedTask));
    }

    /// <summary>Makes a key and signs a browser in with it: its cookies.</summary>
    public async Task<string> SignInWithAsync(object key)
    {
        using var made = await Ingest.PostAsJsonAsync("/v1/keys", key, Cancelled);
        made.EnsureSuccessStatusCode();
        return await SignInAsync((string)(await made.Content.ReadFromJsonAsync<JsonNode>(Cancelled))!["key"]!);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Ingest?.Dispose();
        Aggregator?.Dispose();
        Operations?.Dispose();
        await _builder.DisposeAsync();
        _state.Dispose();
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private async Task<string> ParameterAsync(string name, CancellationToken cancellationToken) =>
        (await _builder.Resources.OfType<ParameterResource>().Single(parameter => parameter.Name == name).GetValueAsync(cancellationToken))!;

    private async Task SeedAsync(CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var random = new Random(15);
        var fleet = Enumerable.Range(1, 30).Select(i => (Id: i == 1 ? Busy : Guid.NewGuid(), Name: i == 1 ? "n8n-production" : $"workflow-{i:00}")).ToList();
        foreach (var (id, name) in fleet)
            (await Ingest.PutAsJsonAsync($"/v1/instances/{id}", new { name }, cancellationToken)).Dispose();

        var body = new StringBuilder();
        long network = 0;
        void Add(Guid id, DateTimeOffset at, double load)
        {
            network += (long)(load * 40_000) + random.Next(10_000);
            body.Append(CultureInfo.InvariantCulture, $"{{\"instance_id\":\"{id}\",\"timestamp\":\"{at.UtcDateTime:o}\",\"cpu_usage\":{load + random.Next(10)},")
                .Append(CultureInfo.InvariantCulture, $"\"memory_usage\":{200_000_000 + (long)(load * 2_000_000) + random.Next(5_000_000)},\"memory_limit\":536870912,")
                .Append(CultureInfo.InvariantCulture, $"\"disk_usage\":{1_000_000_000 + (network / 10)},\"network_in\":{network},\"network_out\":{network / 3}}}\n");
        }
        // A month by the half hour, the last day by two minutes; two hours are missing, and an hour after which the counters begin again.
        for (var at = now.AddDays(-30); at < now.AddDays(-1); at = at.AddMinutes(30))
            Add(Busy, at, 40 + (30 * Math.Sin(at.Hour / 24d * Math.Tau)));
        for (var at = now.AddDays(-1); at < now.AddSeconds(-20); at = at.AddMinutes(2))
        {
            var (hours, load) = ((now - at).TotalHours, 40 + (30 * Math.Sin(at.Hour / 24d * Math.Tau)));
            if (hours is > 3 and < 4)
                network = 0;
            else if (hours is not (> 6 and < 8))
                Add(Busy, at, load);
        }
        foreach (var (id, _) in fleet.Skip(1).Take(26))
        {
            network = 0;
            for (var at = now.AddMinutes(-50); at < now; at = at.AddMinutes(2))
                Add(id, at, 5 + random.Next(60));
        }
        using var posted = await Ingest.PostAsync("/v1/usage", new StringContent(body.ToString(), Encoding.UTF8, "application/x-ndjson"), cancellationToken);
        posted.EnsureSuccessStatusCode();
    }
}
