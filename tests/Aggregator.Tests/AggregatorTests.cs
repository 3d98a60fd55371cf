using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using LaunchStack.Aggregator.Policies;
using LaunchStack.Aggregator.Rollups;
using LaunchStack.Aggregator.Tests.Support;
using LaunchStack.Auth;
using LaunchStack.Contracts;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Usage;
using MassTransit;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Aggregator.Tests;

/// <summary>The running service over a real database and a real broker.</summary>
[Collection(nameof(AggregatorApp))]
public sealed class AggregatorTests(AggregatorFixture fixture) : IAsyncLifetime
{
    private readonly Guid _instance = Guid.NewGuid();
    private readonly AggregatorApp _app = fixture.App;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        await _app.Database.DataSource.RunAsync($"INSERT INTO instances (id, name) VALUES ('{_instance}', 'i-{_instance:n}')");

    // What waits in the error queue degrades every service over this broker, those of other classes' tests, too.
    public async ValueTask DisposeAsync() => await TestRabbitMq.PurgeQueueAsync("usage-rollups_error");

    [Theory]
    [InlineData("/v1/instances", HttpStatusCode.OK)]
    [InlineData("/v1/instances?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("/v1/instances?after=x", HttpStatusCode.BadRequest)]
    [InlineData("/v1/instances/x/stats", HttpStatusCode.BadRequest)]
    [InlineData("/v1/instances/11111111-1111-1111-1111-111111111111/stats", HttpStatusCode.NotFound)]
    [InlineData("/v1/instances/11111111-1111-1111-1111-111111111111/stats/history", HttpStatusCode.NotFound)]
    [InlineData("/v1/instances/11111111-1111-1111-1111-111111111111/stats/history?period=x", HttpStatusCode.BadRequest)]
    [InlineData("/v1/instances/x", HttpStatusCode.BadRequest)]
    [InlineData("/v1/instances/11111111-1111-1111-1111-111111111111", HttpStatusCode.NotFound)]
    [InlineData("/v1/key", HttpStatusCode.OK)]
    [InlineData("/v1/migration", HttpStatusCode.OK)]
    [InlineData("/nothing", HttpStatusCode.NotFound)]
    public async Task Answers_have_their_status_and_errors_are_problems(string path, HttpStatusCode status)
    {
        using var answer = await _app.Client.GetAsync(path, Token);
        Assert.Equal(status, answer.StatusCode);
        if (status != HttpStatusCode.OK)
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Strangers_see_health_and_the_description_only()
    {
        using var stranger = _app.Stranger();
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("/v1/instances", Token)).StatusCode);
        stranger.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "a-key-for-tests-onlx");
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("/v1/instances", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync("/alive", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync("/openapi/v1.json", Token)).StatusCode);
    }

    [Fact]
    public async Task A_key_reads_what_it_is_bound_to_and_nothing_after_its_revocation()
    {
        var (user, others) = (Guid.NewGuid(), Guid.NewGuid());
        await _app.Database.DataSource.RunAsync($"INSERT INTO users (id) VALUES ('{user}')");
        await _app.Database.DataSource.RunAsync($"UPDATE instances SET user_id = '{user}' WHERE id = '{_instance}'");
        await _app.Database.DataSource.RunAsync($"INSERT INTO instances (id, name) VALUES ('{others}', 'other')");
        var keys = _app.Services.GetRequiredService<KeyStore>();
        var platform = await ClientAsync(Scopes.Read);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(platform.Client, others));
        Assert.Equal(HttpStatusCode.Forbidden, (await platform.Client.PostAsync("/v1/rollups/refresh", null, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync((await ClientAsync(Scopes.Ingest)).Client, _instance));

        foreach (var (client, _) in new[] { await ClientAsync(Scopes.Read, user: user), await ClientAsync(Scopes.Read, instance: _instance) })
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, _instance));
            Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, others));
            Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, Guid.NewGuid()));
            var list = await client.GetFromJsonAsync<JsonElement>("/v1/instances", Token);
            Assert.Equal(_instance, Assert.Single(list.GetProperty("instances").EnumerateArray()).GetProperty("instance_id").GetGuid());
        }

        Assert.True(await keys.RevokeAsync(platform.Id, Token));
        await Wait.UntilAsync(async () => await StatusAsync(platform.Client, _instance) == HttpStatusCode.Unauthorized, "the key is void", TimeSpan.FromSeconds(20));

        async Task<(HttpClient Client, Guid Id)> ClientAsync(string scope, Guid? user = null, Guid? instance = null)
        {
            var (key, details) = await keys.MakeAsync(new("test", [scope], user, instance, null, null, null, null, null), Token);
            var client = _app.Stranger();
            client.DefaultRequestHeaders.Authorization = new("Bearer", key);
            return (client, details.Id);
        }

        static async Task<HttpStatusCode> StatusAsync(HttpClient client, Guid instance) =>
            (await client.GetAsync($"/v1/instances/{instance}/stats/history", Token)).StatusCode;
    }

    [Fact]
    public async Task Without_a_database_the_answer_is_503_and_when_to_come_again()
    {
        var nobody = FreePort.Take(1)[0];
        await using var app = new WebApplicationFactory<RollupOptions>().WithWebHostBuilder(
            host => AggregatorApp.Configure(host, $"Host=127.0.0.1;Port={nobody};Username=postgres;Password=x", _app.Broker));
        using var client = app.CreateClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", AggregatorApp.Key);

        foreach (var path in new[] { "/v1/instances", $"/v1/instances/{_instance}/stats", $"/v1/instances/{_instance}/stats/history" })
        {
            using var answer = await client.GetAsync(path, Token);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        }
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/health", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/alive", Token)).StatusCode);
    }

    [Fact]
    public async Task A_history_has_the_names_of_the_wire()
    {
        var from = TimeBucket.Floor(TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(1)).AddHours(-3);
        await Rows.InsertAsync(_app.Database.DataSource, _instance, from, from.AddMinutes(10), TimeSpan.FromMinutes(1));

        var history = await _app.Client.GetFromJsonAsync<JsonElement>($"/v1/instances/{_instance}/stats/history?from={from:O}&points=12".Replace("+", "%2B", StringComparison.Ordinal), Token);
        var bucket = Assert.Single(history.EnumerateArray());
        Assert.Equal(
            ["timestamp", "cpu_usage", "cpu_max", "memory_usage", "memory_max", "memory_limit", "memory_percentage", "disk_usage", "network_in", "network_out", "sample_count", "restarts"],
            bucket.EnumerateObject().Select(p => p.Name));
        Assert.Equal((50, 10, 0), (bucket.GetProperty("memory_percentage").GetDouble(), bucket.GetProperty("sample_count").GetInt64(), bucket.GetProperty("network_in").GetInt64()));

        var latest = await _app.Client.GetFromJsonAsync<JsonElement>($"/v1/instances/{_instance}/stats", Token);
        Assert.Equal(from.AddMinutes(9), latest.GetProperty("timestamp").GetDateTimeOffset());
        var list = await _app.Client.GetFromJsonAsync<JsonElement>($"/v1/instances?search=i-{_instance:n}", Token);
        Assert.Equal(from.AddMinutes(9), Assert.Single(list.GetProperty("instances").EnumerateArray()).GetProperty("last_sample_at").GetDateTimeOffset());
    }

    [Fact]
    public async Task Late_samples_show_in_every_rollup_after_their_event_or_on_request_and_a_second_delivery_changes_nothing()
    {
        var source = _app.Database.DataSource;
        var late = await RollUpTwoDaysAsync();
        await Rows.InsertAsync(source, _instance, late, late.AddMinutes(1), TimeSpan.FromMinutes(1));
        Assert.Equal(48, await Rows.RolledUpAsync(source, "resource_usage_daily", _instance));

        var message = new UsageIngested(Guid.NewGuid(), 1, late, late, 1, TimeProvider.System.GetUtcNow());
        var bus = _app.Services.GetRequiredService<IBus>();
        for (var delivery = 0; delivery < 2; delivery++)
            await bus.Publish(message, Token);

        foreach (var rollup in Rollup.All)
            await Wait.UntilAsync(async () => await Rows.RolledUpAsync(source, rollup.Name, _instance) == 49, $"{rollup.Name} holds the late sample");

        // Without an event, on request.
        await Rows.InsertAsync(source, _instance, late.AddMinutes(1), late.AddMinutes(2), TimeSpan.FromMinutes(1));
        using var answer = await _app.Client.PostAsync("/v1/rollups/refresh", null, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(3, (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("rollups").GetArrayLength());
        Assert.Equal(50, await Rows.RolledUpAsync(source, "resource_usage_daily", _instance));
    }

    [Fact]
    public async Task A_poisoned_event_costs_itself_and_not_those_that_share_its_refresh()
    {
        var source = _app.Database.DataSource;
        var late = await RollUpTwoDaysAsync();
        await Rows.InsertAsync(source, _instance, late, late.AddMinutes(2), TimeSpan.FromMinutes(1));

        var handled = 0;
        // Made before it is listened for: while it is being published its field is still empty.
        var sizes = RollupTelemetry.BatchSize;
        using var batches = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument == sizes) listener.EnableMeasurementEvents(instrument); } };
        batches.SetMeasurementEventCallback<int>((_, events, _, _) => Interlocked.Add(ref handled, events));
        batches.Start();
        var bus = _app.Services.GetRequiredService<IBus>();
        foreach (var (first, last) in new[] { (late, late), (late, DateTimeOffset.MaxValue), (late.AddMinutes(1), late.AddMinutes(1)), (DateTimeOffset.MinValue, late), (late, late.AddDays(-1)) })
            await bus.Publish(new UsageIngested(Guid.NewGuid(), 1, first, last, 1, TimeProvider.System.GetUtcNow()), Token);

        await Wait.UntilAsync(async () => await Rows.RolledUpAsync(source, "resource_usage_daily", _instance) == 50, "the others' samples are rolled up", TimeSpan.FromMinutes(1));
        await Wait.UntilAsync(async () => await ErrorsAsync() == 1, "the poisoned one waits in the error queue", TimeSpan.FromMinutes(1));
        // What is halfway would fail, too, when the next test breaks the database.
        await Wait.UntilAsync(() => Volatile.Read(ref handled) >= 5, "all of them are handled", TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task An_event_that_failed_is_seen_and_put_back_by_request()
    {
        var source = _app.Database.DataSource;
        var late = await RollUpTwoDaysAsync();
        await Rows.InsertAsync(source, _instance, late, late.AddMinutes(1), TimeSpan.FromMinutes(1));

        await source.RunAsync("ALTER TABLE retention_progress RENAME TO out_of_reach");
        await _app.Services.GetRequiredService<IBus>().Publish(new UsageIngested(Guid.NewGuid(), 1, late, late, 1, TimeProvider.System.GetUtcNow()), Token);
        await Wait.UntilAsync(async () => await ErrorsAsync() == 1, "the event waits in the error queue", TimeSpan.FromMinutes(1));
        await Wait.UntilAsync(async () => (await HealthAsync("error-queues")).Contains("1 in usage-rollups_error", StringComparison.Ordinal), "health says so", TimeSpan.FromMinutes(1));
        Assert.Contains("Reads fail", await HealthAsync("database"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _app.Client.GetAsync("/health", Token)).StatusCode);

        await source.RunAsync("ALTER TABLE out_of_reach RENAME TO retention_progress");
        using var answer = await _app.Client.PostAsync("/v1/error-queues/requeue", null, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(1, Assert.Single((await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).EnumerateArray()).GetProperty("messages").GetInt32());
        await Wait.UntilAsync(async () => await Rows.RolledUpAsync(source, "resource_usage_daily", _instance) == 49, "the late sample is rolled up", TimeSpan.FromMinutes(1));
        await Wait.UntilAsync(async () => (await HealthAsync("error-queues")).Contains("Healthy", StringComparison.Ordinal), "health says so", TimeSpan.FromMinutes(1));
        Assert.Equal(0, await ErrorsAsync());
    }

    /// <summary>48 samples, hourly, in every rollup.</summary>
    /// <returns>A time among them at which there is none.</returns>
    private async Task<DateTimeOffset> RollUpTwoDaysAsync()
    {
        var source = _app.Database.DataSource;
        var today = TimeBucket.Floor(TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1));
        await Rows.InsertAsync(source, _instance, today.AddDays(-3), today.AddDays(-1), TimeSpan.FromHours(1));
        foreach (var rollup in Rollup.All)
            await source.RunAsync($"CALL refresh_continuous_aggregate('{rollup.Name}', NULL, '{today:O}')");
        return today.AddDays(-2).AddMinutes(7);
    }

    private async Task<int> ErrorsAsync()
    {
        var queue = Assert.Single((await _app.Client.GetFromJsonAsync<JsonElement>("/v1/error-queues", Token)).EnumerateArray());
        Assert.Equal("usage-rollups", queue.GetProperty("queue").GetString());
        return queue.GetProperty("messages").GetInt32();
    }

    private async Task<string> HealthAsync(string check)
    {
        using var answer = await _app.Client.GetAsync("/health", Token);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("checks").GetProperty(check).GetRawText();
    }

    [Fact]
    public async Task Fresh_samples_show_at_once_and_finished_buckets_are_materialized()
    {
        var source = _app.Database.DataSource;
        var now = TimeProvider.System.GetUtcNow();
        var refresher = _app.Services.GetRequiredService<RollupRefresher>();
        await Rows.InsertAsync(source, _instance, now.AddHours(-4), now, TimeSpan.FromMinutes(1));

        // The whole span: another test may have brought the watermark of the shared rollups up to now.
        var done = await refresher.RefreshAsync([new(now.AddHours(-4), now)], Token);
        Assert.Equal(["resource_usage_5m", "resource_usage_hourly"], done.Select(d => d.Rollup).Distinct().Where(n => n != "resource_usage_daily"));
        await Rows.InsertAsync(source, _instance, now.AddSeconds(-30), now.AddSeconds(-20), TimeSpan.FromSeconds(1));
        foreach (var rollup in Rollup.All)
            Assert.Equal(await source.ScalarAsync<long>($"SELECT count(*) FROM resource_usage WHERE instance_id = '{_instance}'"), await Rows.RolledUpAsync(source, rollup.Name, _instance));
    }

    [Fact]
    public async Task Due_policies_run_in_their_steps_and_then_wait_for_their_time()
    {
        var source = _app.Database.DataSource;
        var today = TimeBucket.Floor(TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1));
        // Until a day ago, where the daily policy ends: another test may have brought the shared rollups further.
        await Rows.InsertAsync(source, _instance, today.AddDays(-11), today.AddDays(-1), TimeSpan.FromHours(1));
        var runner = _app.Services.GetRequiredService<PolicyRunner>();
        // Due to this runner alone: the service's own sleeps, and a server's own workers come tomorrow.
        await source.RunAsync(
            "SELECT alter_job(job_id, scheduled => true, next_start => now() + interval '1 day') FROM timescaledb_information.jobs WHERE job_id >= 1000");

        var runs = 0;
        while (await runner.RunNextAsync(failedOnly: false, Token))
            Assert.True(++runs < 20, "a policy is due for ever");
        Assert.Equal(7, runs);
        Assert.Equal(0L, await source.ScalarAsync<long>("SELECT count(*) FROM policy_runs WHERE failures > 0 OR claimed_until IS NOT NULL OR finished_at IS NULL"));
        Assert.True(await source.ScalarAsync<long>("SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'resource_usage' AND is_compressed") >= 2);
        Assert.Equal(240, await Rows.RolledUpAsync(source, "resource_usage_daily", _instance));
        Assert.False(await runner.RunNextAsync(failedOnly: false, Token));
    }

    [Fact]
    public async Task One_trace_runs_from_the_post_over_the_commit_and_the_bus_to_the_refresh()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (spans)
                    spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var ingest = new WebApplicationFactory<BodyOptions>()
            .WithWebHostBuilder(host => AggregatorApp.Configure(host, _app.Database.ConnectionString, _app.Broker));
        using var client = ingest.CreateClient();

        var trace = ActivityTraceId.CreateRandom();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/usage")
        {
            Content = JsonContent.Create(new { instance_id = _instance, timestamp = TimeProvider.System.GetUtcNow().AddHours(-2), cpu_usage = 1.5 }),
            Headers = { { "traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01" } },
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AggregatorApp.Key);
        using var answer = await client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        List<Activity> InTrace()
        {
            lock (spans)
                return [.. spans.Where(s => s.TraceId == trace)];
        }
        await Wait.UntilAsync(() => InTrace().Exists(s => s.OperationName == "rollup.batch"), "the refresh joined the trace of the request");

        var all = InTrace();
        var byId = all.ToDictionary(s => s.SpanId);
        var path = new List<string>();
        for (var span = all.First(s => s.OperationName == "rollup.refresh"); span is not null; span = byId.GetValueOrDefault(span.ParentSpanId))
            path.Add(span.OperationName);
        Assert.True(
            path.IndexOf("rollup.refresh") < path.IndexOf("rollup.batch")
            && path.IndexOf("rollup.batch") < path.IndexOf("outbox publish")
            && path.IndexOf("outbox publish") < path.IndexOf("usage.commit")
            && path.IndexOf("usage.commit") < path.IndexOf("Microsoft.AspNetCore.Hosting.HttpRequestIn"),
            $"the refresh descends from the request, but its ancestors are: {string.Join(" < ", path)}");
    }
}
