using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using LaunchStack.TestSupport;

namespace LaunchStack.AppHost.Tests;

public sealed class StackTests(StackFixture stack) : IClassFixture<StackFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_posted_sample_comes_back_in_the_history()
    {
        var instance = await RegisterAsync();

        var answer = await PostAsync(instance, TimeProvider.System.GetUtcNow());

        Assert.Equal(1, (int)answer["accepted"]!);
        var history = await HistoryAsync(instance);
        var bucket = Assert.Single(history)!;
        Assert.Equal(12.5, (double)bucket["cpu_usage"]!);
        Assert.Equal(1, (int)bucket["sample_count"]!);
    }

    [Fact]
    public async Task Every_replica_takes_samples_and_answers_for_the_others()
    {
        var instance = await RegisterAsync();
        var now = TimeProvider.System.GetUtcNow();
        var writers = await ReplicasAsync("ingest-api", stack.Ingest);
        var readers = await ReplicasAsync("aggregator", stack.Aggregator);

        for (var i = 0; i < writers.Length; i++)
            Assert.Equal(1, (int)(await PostAsync(instance, now.AddSeconds(i - 10), writers[i]))["accepted"]!);

        foreach (var reader in readers)
            Assert.Equal(2, (await HistoryAsync(instance, reader)).Sum(b => (int)b!["sample_count"]!));
        Assert.Equal((2, 2), (writers.Select(w => w.BaseAddress).Distinct().Count(), readers.Select(r => r.BaseAddress).Distinct().Count()));
        foreach (var client in writers.Concat(readers))
            client.Dispose();
    }

    [Fact]
    public async Task The_agents_samples_of_this_machine_arrive_by_themselves()
    {
        await Wait.UntilAsync(
            async () => (await stack.Aggregator.GetFromJsonAsync<JsonArray>("/v1/instances", Cancelled))!
                .Any(i => (string?)i!["last_sample_at"] is not null && !((string?)i["name"])!.StartsWith("stack-test", StringComparison.Ordinal)),
            "the agent's instance has a sample", TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Without_a_key_nobody_writes_or_reads()
    {
        using var ingest = new HttpClient { BaseAddress = stack.Ingest.BaseAddress };
        using var aggregator = new HttpClient { BaseAddress = stack.Aggregator.BaseAddress };

        Assert.Equal(HttpStatusCode.Unauthorized, (await ingest.PostAsJsonAsync("/v1/usage", new { }, Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await aggregator.GetAsync("/v1/instances", Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await ingest.GetAsync("/health", Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await aggregator.GetAsync("/openapi/v1.json", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task The_disk_that_ingest_watches_is_the_databases()
    {
        var pid = (await NowAsync("ingest-api-0")).Pid!.Value;
        var environment = (await File.ReadAllTextAsync($"/proc/{pid}/environ", Cancelled)).Split('\0');
        var path = Assert.Single(environment, line => line.StartsWith("Ingest__Disk__Path=", StringComparison.Ordinal)).Split('=')[1];
        Assert.True(Directory.Exists(Path.Combine(path, "timescale")), path);
    }

    [Theory]
    [InlineData("ingest-api-0")]
    [InlineData("timescale")]
    public async Task What_was_acknowledged_is_there_after_a_kill(string victim)
    {
        var instance = await RegisterAsync();
        var start = TimeProvider.System.GetUtcNow().AddMinutes(-5);
        for (var i = 0; i < 20; i++)
            Assert.Equal(1, (int)(await PostAsync(instance, start.AddSeconds(i)))["accepted"]!);
        var before = await NowAsync(victim);

        using (var process = Process.GetProcessById(before.Pid!.Value))
            process.Kill();
        await stack.App.ResourceNotifications.WaitForResourceAsync(
            victim, e => e.Snapshot.Restarts > before.Restarts && e.Snapshot.State == KnownResourceStates.Healthy, Cancelled);

        await Wait.UntilAsync(
            async () =>
            {
                using var answer = await stack.Aggregator.GetAsync($"/v1/instances/{instance}/stats/history?period=10m", Cancelled);
                return answer.IsSuccessStatusCode
                    && (await answer.Content.ReadFromJsonAsync<JsonArray>(Cancelled))!.Sum(b => (int)b!["sample_count"]!) == 20;
            },
            "all 20 acknowledged samples are in the history", TimeSpan.FromSeconds(60));
    }

    private async Task<Guid> RegisterAsync()
    {
        var instance = Guid.NewGuid();
        using var answer = await stack.Ingest.PutAsJsonAsync($"/v1/instances/{instance}", new { name = $"stack-test-{instance:N}" }, Cancelled);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return instance;
    }

    /// <summary>A client for each of the two replicas, with the key of <paramref name="like"/>.</summary>
    private async Task<HttpClient[]> ReplicasAsync(string name, HttpClient like)
    {
        CustomResourceSnapshot[] replicas = [await NowAsync($"{name}-0"), await NowAsync($"{name}-1")];
        return [.. replicas.Select(replica => new HttpClient
        {
            BaseAddress = new(replica.Urls.Single()),
            DefaultRequestHeaders = { Authorization = like.DefaultRequestHeaders.Authorization },
        })];
    }

    private async Task<JsonNode> PostAsync(Guid instance, DateTimeOffset at, HttpClient? ingest = null)
    {
        // A database that was killed by the test before this one may still be on its way back.
        HttpResponseMessage? answer = null;
        await Wait.UntilAsync(
            async () =>
            {
                answer?.Dispose();
                answer = await (ingest ?? stack.Ingest).PostAsJsonAsync("/v1/usage", new { instance_id = instance, timestamp = at, cpu_usage = 12.5 }, Cancelled);
                return answer.StatusCode != HttpStatusCode.ServiceUnavailable;
            },
            "the database takes samples");
        using (answer)
        {
            Assert.Equal(HttpStatusCode.OK, answer!.StatusCode);
            return (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancelled))!;
        }
    }

    private async Task<JsonArray> HistoryAsync(Guid instance, HttpClient? aggregator = null) =>
        (await (aggregator ?? stack.Aggregator).GetFromJsonAsync<JsonArray>($"/v1/instances/{instance}/stats/history?period=10m", Cancelled))!;

    private async Task<CustomResourceSnapshot> NowAsync(string name) =>
        (await stack.App.ResourceNotifications.WaitForResourceHealthyAsync(name, Cancelled)).Snapshot;
}
