using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using LaunchStack.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.AppHost.Tests;

/// <summary>The whole system with its dashboard, booted once from the real app host.</summary>
public sealed class SystemFixture : IAsyncLifetime
{
    // A cold start on a busy machine; a quiet one takes about 15 s.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly TemporaryDirectory _state = new("system");
    private IDistributedApplicationTestingBuilder _builder = null!;

    public DistributedApplication App { get; private set; } = null!;

    public HttpClient Ingest { get; private set; } = null!;

    public HttpClient Aggregator { get; private set; } = null!;

    /// <summary>The dashboard, with the key of its telemetry API.</summary>
    public HttpClient Dashboard { get; private set; } = null!;

    public Uri DashboardLogin { get; private set; } = null!;

    public string State => _state.Path;

    public async ValueTask InitializeAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        _builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            [$"--LaunchStack:State={State}"], (options, _) => options.DisableDashboard = false, patience.Token);
        App = await _builder.BuildAsync(patience.Token);
        await App.StartAsync(patience.Token);
        foreach (var name in new[] { "aggregator", "web", "agent" })
            await App.ResourceNotifications.WaitForResourceHealthyAsync(name, patience.Token);

        var configuration = App.Services.GetRequiredService<IConfiguration>();
        var bearer = new AuthenticationHeaderValue("Bearer", await _builder.CreateResourceBuilder<ParameterResource>("admin-key").Resource.GetValueAsync(patience.Token));
        Ingest = RetryUnavailable.Client(App.GetEndpoint("ingest-api", "http"), bearer);
        Aggregator = RetryUnavailable.Client(App.GetEndpoint("aggregator", "http"), bearer);
        Dashboard = new HttpClient { BaseAddress = App.GetEndpoint("aspire-dashboard", "http") };
        Dashboard.DefaultRequestHeaders.Add("x-api-key", configuration["AppHost:DashboardApiKey"]);
        DashboardLogin = new(Dashboard.BaseAddress, $"/login?t={configuration["AppHost:BrowserToken"]}");
    }

    /// <summary>Registers an instance of a name of its own.</summary>
    public async Task<Guid> RegisterAsync()
    {
        var instance = Guid.NewGuid();
        using var answer = await Ingest.PutAsJsonAsync($"/v1/instances/{instance}", new { name = $"system-test-{instance:N}" }, Cancelled);
        answer.EnsureSuccessStatusCode();
        return instance;
    }

    /// <summary>Posts a sample; the id of the trace that the request began.</summary>
    public async Task<string> PostAsync(Guid instance, DateTimeOffset at)
    {
        var trace = Guid.NewGuid().ToString("N");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/usage")
        {
            Content = JsonContent.Create(new { instance_id = instance, timestamp = at, cpu_usage = 12.5 }),
        };
        request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
        using var answer = await Ingest.SendAsync(request, Cancelled);
        answer.EnsureSuccessStatusCode();
        Assert.Equal(1, (int)(await answer.Content.ReadFromJsonAsync<JsonNode>(Cancelled))!["accepted"]!);
        return trace;
    }

    /// <summary>Sum of the samples in the history of the last ten minutes; null while it cannot be had.</summary>
    public async Task<int?> SamplesAsync(Guid instance)
    {
        using var answer = await Aggregator.GetAsync($"/v1/instances/{instance}/stats/history?period=10m", Cancelled);
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonArray>(Cancelled))!.Sum(bucket => (int)bucket!["sample_count"]!) : null;
    }

    public async ValueTask DisposeAsync()
    {
        Ingest?.Dispose();
        Aggregator?.Dispose();
        Dashboard?.Dispose();
        await _builder.DisposeAsync();
        _state.Dispose();
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;
}
