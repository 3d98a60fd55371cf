using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using LaunchStack.TestSupport;

namespace LaunchStack.AppHost.Tests;

[Collection(SystemCollection.Name)]
public sealed class SystemTests(SystemFixture system)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_posted_sample_comes_back_in_the_history()
    {
        var instance = await system.RegisterAsync();

        await system.PostAsync(instance, TimeProvider.System.GetUtcNow());

        var history = await system.Aggregator.GetFromJsonAsync<JsonArray>($"/v1/instances/{instance}/stats/history?period=10m", Cancelled);
        var bucket = Assert.Single(history!)!;
        Assert.Equal(12.5, (double)bucket["cpu_usage"]!);
        Assert.Equal(1, (int)bucket["sample_count"]!);
    }

    [Fact]
    public async Task The_agents_samples_of_this_machine_arrive_by_themselves()
    {
        await Wait.UntilAsync(
            async () => (await system.Aggregator.GetFromJsonAsync<JsonObject>("/v1/instances", Cancelled))!["instances"]!.AsArray()
                .Any(i => (string?)i!["last_sample_at"] is not null && !((string?)i["name"])!.StartsWith("system-test", StringComparison.Ordinal)),
            "the agent's instance has a sample", TimeSpan.FromSeconds(90));
    }

    [Fact]
    public void The_orchestrator_need_not_make_a_key_of_its_own()
    {
        var orchestrator = Assert.Single(RunningProcesses.Mentioning($"start-apiserver\0--monitor\0{Environment.ProcessId}\0"));

        Assert.Contains(" --tls-cert-file ", orchestrator.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_trace_leads_from_the_agent_to_the_aggregator()
    {
        // The dashboard's own telemetry API, as `aspire otel spans` reads it.
        await Wait.UntilAsync(
            async () => (await Telemetry.SpansAsync(system.Dashboard, Cancelled)).GroupBy(span => span.Trace)
                .Any(trace => new[] { "agent", "ingest-api", "aggregator" }.All(name => trace.Any(span => span.Resource == name))),
            "a trace has spans of agent, ingest-api and aggregator", TimeSpan.FromSeconds(120));
    }

    [Fact]
    public async Task Without_a_key_nobody_writes_or_reads()
    {
        using var ingest = new HttpClient { BaseAddress = system.Ingest.BaseAddress };
        using var aggregator = new HttpClient { BaseAddress = system.Aggregator.BaseAddress };

        Assert.Equal(HttpStatusCode.Unauthorized, (await ingest.PostAsJsonAsync("/v1/usage", new { }, Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await aggregator.GetAsync("/v1/instances", Cancelled)).StatusCode);
        // A busy machine makes it unhealthy for a moment.
        await Wait.UntilAsync(async () => (await ingest.GetAsync("/health", Cancelled)).IsSuccessStatusCode, "health answers without a key", TimeSpan.FromSeconds(60));
        Assert.Equal(HttpStatusCode.OK, (await aggregator.GetAsync("/openapi/v1.json", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task Refreshing_the_rollups_is_a_command_with_a_structured_result()
    {
        var result = await system.App.ResourceCommands.ExecuteCommandAsync("aggregator", "refresh-rollups", Cancelled);

        Assert.True(result.Success, result.Message);
        var rollups = JsonNode.Parse(result.Data!.Value)!["rollups"]!.AsArray().Select(name => (string)name!);
        Assert.Equal(["resource_usage_5m", "resource_usage_hourly", "resource_usage_daily"], rollups);
    }

    [Fact]
    public async Task The_disk_that_ingest_watches_is_the_databases()
    {
        using var process = await system.App.ProcessOfAsync("ingest-api", Cancelled);
        var environment = (await File.ReadAllTextAsync($"/proc/{process.Id}/environ", Cancelled)).Split('\0');
        Assert.Contains($"Ingest__Disk__Path={system.State}", environment);
        Assert.True(Directory.Exists(Path.Combine(system.State, "timescale", "pgdata")));
    }

    [Theory]
    [InlineData("ingest-api")]
    [InlineData("timescale")]
    public async Task What_was_acknowledged_is_there_after_a_kill_and_a_start(string victim)
    {
        var instance = await system.RegisterAsync();
        var start = TimeProvider.System.GetUtcNow().AddMinutes(-5);
        for (var i = 0; i < 20; i++)
            await system.PostAsync(instance, start.AddSeconds(i));

        using (var process = await system.App.ProcessOfAsync(victim, Cancelled))
            process.Kill();
        await system.App.ResourceNotifications.WaitForResourceAsync(victim, e => KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), Cancelled);
        var started = await system.App.ResourceCommands.ExecuteCommandAsync(victim, KnownResourceCommands.StartCommand, Cancelled);
        Assert.True(started.Success, started.Message);

        await Wait.UntilAsync(
            async () => await system.SamplesAsync(instance) == 20, "all 20 acknowledged samples are in the history", TimeSpan.FromSeconds(90));
        await system.App.ResourceNotifications.WaitForResourceHealthyAsync("ingest-api", Cancelled);
    }
}
