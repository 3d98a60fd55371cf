using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Running;
using LaunchStack.Aggregator.Tests.Alerts.Support;
using LaunchStack.Aggregator.Tests.Support;
using LaunchStack.Auth;
using LaunchStack.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Aggregator.Tests.Alerts;

/// <summary>What is asked over HTTP, of the running service.</summary>
[Collection(nameof(AggregatorApp))]
public sealed class AlertApiTests(AggregatorFixture fixture)
{
    private readonly AggregatorApp _app = fixture.App;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rules_are_made_changed_muted_and_ended()
    {
        var names = (await _app.Client.GetFromJsonAsync<JsonElement>("/v1/alert-rules", Token)).EnumerateArray().Select(r => r.GetProperty("name").GetString()).ToList();
        foreach (var name in new[] { "CPU near its limit", "Memory near its limit", "Memory at its limit", "Instance silent", "Most instances silent" })
            Assert.Contains(name, names);

        var (mine, _) = await AddInstanceAsync();
        using var made = await PostAsync("/v1/alert-rules", new { name = "disk", measure = "disk_usage", above = 1000, below = 900, for_seconds = 60, instance_id = mine });
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var rule = await made.Content.ReadFromJsonAsync<JsonElement>(Token);
        var path = $"/v1/alert-rules/{rule.GetProperty("id").GetGuid()}";
        Assert.Equal(path, made.Headers.Location!.ToString());
        Assert.Equal((1, "instance", "average", 60.0), (
            rule.GetProperty("version").GetInt32(), rule.GetProperty("scope").GetString(), rule.GetProperty("aggregate").GetString(), rule.GetProperty("span_seconds").GetDouble()));

        using var changed = await _app.Client.PutAsJsonAsync(path, new { name = "disk", measure = "disk_usage", above = 2000, below = 900 }, Token);
        Assert.Equal(2, (await changed.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("version").GetInt32());
        using var muted = await _app.Client.PutAsJsonAsync($"{path}/mute", new { until = "2099-01-01T00:00:00Z" }, Token);
        Assert.Equal(2099, (await muted.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("muted_until").GetDateTimeOffset().Year);
        Assert.Equal(HttpStatusCode.NoContent, (await _app.Client.DeleteAsync(path, Token)).StatusCode);
        foreach (var gone in new[] { await _app.Client.GetAsync(path, Token), await _app.Client.DeleteAsync(path, Token), await _app.Client.PutAsJsonAsync(path, new { name = "x", measure = "disk_usage", above = 1 }, Token) })
            Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Theory]
    [InlineData("/v1/alert-rules", """{"name":"x","measure":"memory_percentage","above":100}""", "above")]
    [InlineData("/v1/alert-rules", """{"name":"x","measure":"cpu_percentage","above":"much"}""", "above")]
    [InlineData("/v1/alert-rules", """{"name":"x","measure":"cpu_percentage","above":90,"user_id":"x"}""", "user_id")]
    [InlineData("/v1/alert-rules", """{"name":"x","measure":"cpu_percentage","above":90,"user_id":"11111111-1111-1111-1111-111111111111"}""", "user_id")]
    [InlineData("/v1/alert-rules", """{"name":"x","measure":"cpu_percentage","above":90,"instance_id":"11111111-1111-1111-1111-111111111111"}""", "instance_id")]
    [InlineData("/v1/alert-rules", """{"name":"x","measure":"cpu_percentage","above":90,"limit":1}""", "limit")]
    [InlineData("/v1/alert-rules", """{"name":"x","measure":"cpu_percentage","above":1e400}""", "above")]
    [InlineData("/v1/alert-rules", "not json", "body")]
    [InlineData("/v1/alert-rules", "null", "body")]
    [InlineData("/v1/alert-rules/preview", """{}""", "rule")]
    [InlineData("/v1/alert-rules/preview", """{"rule":{"name":"x","measure":"silence","above":1}}""", "above")]
    [InlineData("/v1/alert-rules/preview", """{"rule":{"name":"x","measure":"silence","above":60},"from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"}""", "from")]
    [InlineData("/v1/alert-rules/preview", """{"rule":{"name":"x","measure":"silence","above":60},"from":"0001-01-01T00:00:00Z"}""", "from")]
    [InlineData("/v1/alert-rules/preview", """{"rule":{"name":"x","measure":"silence","above":60},"to":"0001-01-01T00:00:00Z"}""", "to")]
    [InlineData("/v1/alert-rules/preview", """{"rule":{"name":"x","measure":"silence","above":60},"from":"9999-12-31T23:59:59Z"}""", "from")]
    [InlineData("/v1/alert-rules/replay", """{}""", "rule_id")]
    [InlineData("/v1/notification-routes", """{"name":"x","kind":"webhook","url":"http://169.254.169.254/","secret":"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""", "url")]
    [InlineData("/v1/notification-routes", """{"name":"x","kind":"webhook","url":"http://[::ffff:169.254.169.254]/","secret":"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""", "url")]
    [InlineData("/v1/notification-routes", """{"name":"x","kind":"log"}""", "kind")]
    [InlineData("/v1/notification-routes", """{"name":"x","kind":"email","to":["a@example.com"]}""", "kind")]
    [InlineData("/v1/notification-routes", """{"name":"x","kind":"email","to":["a@example.com, b@example.com"]}""", "to")]
    [InlineData("/v1/notification-routes", """{"name":"x","kind":"webhook","url":"ftp://example.com/","secret":"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""", "url")]
    [InlineData("/v1/notification-routes", """{"name":"x","kind":"webhook","url":"http://me:word@example.com/","secret":"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""", "url")]
    [InlineData("/v1/notification-routes", """{"name":"x","kind":"webhook","url":"http://example.com/","secret":"short"}""", "secret")]
    [InlineData("/v1/notification-routes", """{"name":"x","kind":"webhook","url":"http://example.com/"}""", "secret")]
    [InlineData("/v1/notification-routes", """{"name":"x","kind":"webhook","url":"http://example.com/","severities":[]}""", "severities")]
    public async Task What_is_wrong_with_a_body_is_named(string path, string body, string parameter)
    {
        using var answer = await _app.Client.PostAsync(path, new StringContent(body, null, "application/json"), Token);
        await AssertNamesAsync(answer, parameter);
    }

    [Theory]
    [InlineData("/v1/alerts?state=bad", "state")]
    [InlineData("/v1/alerts?instance=x", "instance")]
    [InlineData("/v1/alerts?user=x", "user")]
    [InlineData("/v1/alerts?from=1-2", "from")]
    [InlineData("/v1/alerts?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from")]
    [InlineData("/v1/alerts?limit=0", "limit")]
    [InlineData("/v1/alerts?after=x", "after")]
    [InlineData("/v1/alerts?since=x", "since")]
    [InlineData("/v1/alerts?state=firing&state=pending", "state")]
    [InlineData("/v1/notifications?state=bad", "state")]
    [InlineData("/v1/alert-rules?name=x", "name")]
    [InlineData("/v1/notification-routes?name=x", "name")]
    [InlineData("/v1/alert-rules/11111111-1111-1111-1111-111111111111/transitions?version=x", "version")]
    public async Task What_is_wrong_with_a_query_is_named(string path, string parameter)
    {
        using var answer = await _app.Client.GetAsync(path, Token);
        await AssertNamesAsync(answer, parameter);
    }

    [Fact]
    public async Task Keys_see_what_they_are_bound_to_and_write_nothing()
    {
        var ((mine, user), (others, _)) = (await AddInstanceAsync(), await AddInstanceAsync());
        var rules = new List<string>();
        foreach (var scope in new object[] { new { name = "a", measure = "disk_usage", above = 1, instance_id = (Guid?)mine }, new { name = "b", measure = "disk_usage", above = 1, instance_id = (Guid?)others }, new { name = "c", measure = "disk_usage", above = 1, user_id = (Guid?)user } })
            rules.Add((await (await PostAsync("/v1/alert-rules", scope)).Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("id").GetString()!);
        await _app.Database.DataSource.RunAsync(
            string.Join(';', new[] { (mine, (Guid?)user), (others, null) }.Select(a =>
                $"""
                INSERT INTO alerts SELECT gen_random_uuid(), id, 1, '{a.Item1}', {(a.Item2 is { } u ? $"'{u}'" : "NULL")}, 'warning', 'disk_usage', 'firing', 2, 1, now(), now()
                FROM alert_rules WHERE id = '{rules[0]}'
                """)));
        foreach (var (boundUser, boundInstance) in new[] { ((Guid?)user, (Guid?)null), (null, mine) })
        {
            var (key, _) = await _app.Services.GetRequiredService<KeyStore>().MakeAsync(new("test", [Scopes.Read], boundUser, boundInstance, null, null, null, null, null), Token);
            using var client = _app.Stranger();
            client.DefaultRequestHeaders.Authorization = new("Bearer", key);

            var seen = (await client.GetFromJsonAsync<JsonElement>("/v1/alert-rules", Token)).EnumerateArray().Select(r => r.GetProperty("id").GetString()).ToList();
            Assert.Contains(rules[0], seen);
            Assert.DoesNotContain(rules[1], seen);
            Assert.Contains(rules[2], seen);
            Assert.Equal(mine, Assert.Single((await client.GetFromJsonAsync<JsonElement>("/v1/alerts", Token)).EnumerateArray()).GetProperty("instance_id").GetGuid());
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/v1/alert-rules/{rules[1]}", Token)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/v1/alert-rules/{rules[1]}/transitions", Token)).StatusCode);
            foreach (var forbidden in new[]
            {
                await client.GetAsync($"/v1/alerts?instance={others}", Token), await client.GetAsync($"/v1/alerts?user={Guid.NewGuid()}", Token),
                await client.GetAsync("/v1/notification-routes", Token), await client.GetAsync("/v1/notifications", Token),
                await client.PostAsJsonAsync("/v1/alert-rules", new { name = "x", measure = "disk_usage", above = 1 }, Token),
                await client.DeleteAsync($"/v1/alert-rules/{rules[0]}", Token), await client.PutAsJsonAsync($"/v1/alert-rules/{rules[0]}/mute", new { until = (string?)null }, Token),
                await client.PostAsJsonAsync("/v1/alert-rules/preview", new { rule = new { name = "x", measure = "disk_usage", above = 1, instance_id = others } }, Token),
                await client.PostAsJsonAsync("/v1/alert-rules/preview", new { rule = new { name = "x", measure = "platform_silence", above = 50 } }, Token),
                await client.PostAsJsonAsync("/v1/alert-rules/replay", new { rule_id = rules[2], instance_id = others }, Token),
            })
                Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        }
    }

    [Fact]
    public async Task A_preview_says_how_often_and_how_long_it_would_have_fired()
    {
        var (mine, user) = await AddInstanceAsync();
        // Two hours with 99 % in the first ten minutes of each.
        var from = AlertTicks.Floor(TimeProvider.System.GetUtcNow().AddHours(-5));
        await _app.Database.DataSource.RunAsync(
            $"""
            INSERT INTO resource_usage (instance_id, "timestamp", received_at, cpu_usage)
            SELECT '{mine}', t, t, CASE WHEN extract(epoch FROM t - '{from:O}')::int % 3600 < 600 THEN 99 ELSE 10 END
            FROM generate_series('{from:O}'::timestamptz, '{from.AddHours(2):O}', interval '10 s') t
            """);
        using var answer = await PostAsync("/v1/alert-rules/preview", new { rule = new { name = "x", measure = "cpu_percentage", above = 95, below = 85, span_seconds = 15, for_seconds = 60, user_id = user } });
        var preview = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal((2, true, 721), (preview.GetProperty("fired").GetInt32(), preview.GetProperty("complete").GetBoolean(), preview.GetProperty("samples").GetInt64()));
        // From the tick that shows a minute of it to the one that sees 10 % again; the second hour's first tick still sees 10 % of the first.
        Assert.Equal(540 + 525, preview.GetProperty("total_seconds").GetDouble());
        Assert.Equal("would have fired 2 times in 30 days, 17 min 45 s in all", preview.GetProperty("summary").GetString());
    }

    [Fact]
    public async Task The_service_evaluates_by_itself_and_what_it_stores_can_be_listed_and_replayed()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "LaunchStack.Aggregator.Alerts",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (spans)
                    spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var (mine, user) = await AddInstanceAsync();
        using var made = await PostAsync("/v1/alert-rules", new { name = "disk", measure = "disk_usage", above = 1000, span_seconds = 3600, instance_id = mine });
        var rule = (await made.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("id").GetGuid();
        await _app.Database.DataSource.RunAsync($"""INSERT INTO resource_usage (instance_id, "timestamp", disk_usage) SELECT '{mine}', now() - n * interval '10 s', 5000 FROM generate_series(0, 30) n""");

        JsonElement alert = default;
        await Wait.UntilAsync(async () =>
        {
            alert = (await _app.Client.GetFromJsonAsync<JsonElement>($"/v1/alerts?instance={mine}&state=firing", Token)).EnumerateArray().FirstOrDefault();
            return alert.ValueKind == JsonValueKind.Object;
        }, "the alert is raised", TimeSpan.FromSeconds(60));
        Assert.Equal((rule, 5000m, 1000m, "disk", user), (
            alert.GetProperty("rule_id").GetGuid(), alert.GetProperty("value").GetDecimal(), alert.GetProperty("limit").GetDecimal(),
            alert.GetProperty("rule_name").GetString(), alert.GetProperty("user_id").GetGuid()));
        lock (spans)
            Assert.Contains(spans, s => s.OperationName == "alerts.evaluate");

        using var replayed = await PostAsync("/v1/alert-rules/replay", new { rule_id = rule });
        var replay = await replayed.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.True(replay.GetProperty("matches_history").GetBoolean(), replay.GetRawText());
        Assert.Equal((1, 1), (replay.GetProperty("fired").GetInt32(), replay.GetProperty("count").GetInt32()));
        var stored = await _app.Client.GetFromJsonAsync<JsonElement>($"/v1/alert-rules/{rule}/transitions", Token);
        Assert.Equal(stored.GetRawText(), replay.GetProperty("transitions").GetRawText());
    }

    [Fact]
    public async Task A_secret_is_never_answered_and_a_test_says_how_it_ended()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        const string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        using var made = await PostAsync("/v1/notification-routes", new { name = "hook", kind = "webhook", url = receiver.Url, secret });
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var answers = new List<string> { await made.Content.ReadAsStringAsync(Token) };
        var route = JsonDocument.Parse(answers[0]).RootElement;
        var path = $"/v1/notification-routes/{route.GetProperty("id").GetGuid()}";

        using (var test = await _app.Client.PostAsync($"{path}/test", null, Token))
            Assert.True((await test.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("delivered").GetBoolean());
        receiver.Status = _ => 500;
        using (var test = await _app.Client.PostAsync($"{path}/test", null, Token))
            answers.Add(await test.Content.ReadAsStringAsync(Token));
        Assert.Contains("status 500", answers[1]);
        // Without a URL and a secret the old ones stay: the test below gets there, signed.
        using (var put = await _app.Client.PutAsJsonAsync(path, new { name = "renamed", kind = "webhook" }, Token))
            answers.Add(await put.Content.ReadAsStringAsync(Token));
        answers.Add(await _app.Client.GetStringAsync("/v1/notification-routes", Token));
        using (var bad = await PostAsync("/v1/notification-routes", new { name = "hook", kind = "webhook", url = "nonsense", secret }))
            answers.Add(await bad.Content.ReadAsStringAsync(Token));
        foreach (var answer in answers)
        {
            Assert.DoesNotContain("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", answer);
            Assert.DoesNotContain("a-path-that-is-secret", answer);
        }
        using (await _app.Client.PostAsync($"{path}/test", null, Token))
            Assert.Equal(3, receiver.Requests.Count);

        var log = (await _app.Client.GetFromJsonAsync<JsonElement>("/v1/notification-routes", Token)).EnumerateArray().First(r => r.GetProperty("kind").GetString() == "log").GetProperty("id").GetGuid();
        Assert.Equal(HttpStatusCode.Conflict, (await _app.Client.DeleteAsync($"/v1/notification-routes/{log}", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await _app.Client.DeleteAsync(path, Token)).StatusCode);
        Assert.Equal(0L, await _app.Database.DataSource.ScalarAsync<long>("SELECT count(*) FROM notification_routes WHERE secret IS NOT NULL OR target IS NOT NULL"));
    }

    [Fact]
    public async Task Lists_come_in_pages_that_miss_and_repeat_nothing()
    {
        var (mine, _) = await AddInstanceAsync();
        await _app.Database.DataSource.RunAsync(
            $"""
            INSERT INTO alerts SELECT gen_random_uuid(), id, 1, '{mine}', NULL, 'warning', 'disk_usage', 'resolved', 2, 1, t, t, t + interval '5 min', 'x'
            FROM (SELECT id FROM alert_rules LIMIT 1) r, generate_series(now() - interval '1 hour', now() - interval '10 min', interval '1 min') t
            """);
        var seen = new List<Guid>();
        for (var next = $"/v1/alerts?limit=7&instance={mine}"; next is not null;)
        {
            using var page = await _app.Client.GetAsync(next, Token);
            seen.AddRange((await page.Content.ReadFromJsonAsync<JsonElement>(Token)).EnumerateArray().Select(a => a.GetProperty("id").GetGuid()));
            next = page.Headers.TryGetValues("Link", out var link) ? link.Single().Split('>')[0].TrimStart('<') : null;
        }
        Assert.Equal((51, 51), (seen.Count, seen.Distinct().Count()));
    }

    [Fact]
    public async Task The_description_names_every_answer()
    {
        var document = await _app.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json", Token);
        var paths = document.GetProperty("paths");
        foreach (var (path, method, success, hasBody) in new[]
        {
            ("/v1/alert-rules", "get", "200", false), ("/v1/alert-rules", "post", "201", true), ("/v1/alert-rules/{id}", "put", "200", true),
            ("/v1/alert-rules/{id}", "delete", "204", false), ("/v1/alert-rules/{id}/mute", "put", "200", true), ("/v1/alert-rules/replay", "post", "200", true),
            ("/v1/alert-rules/preview", "post", "200", true), ("/v1/alerts", "get", "200", false), ("/v1/notification-routes", "post", "201", true),
            ("/v1/notification-routes/{id}/test", "post", "200", false), ("/v1/notifications", "get", "200", false),
        })
        {
            var operation = paths.GetProperty(path).GetProperty(method);
            var answers = operation.GetProperty("responses").EnumerateObject().Select(r => r.Name).ToList();
            Assert.Contains(success, answers);
            Assert.Contains("400", answers);
            Assert.Contains("401", answers);
            Assert.Equal(hasBody, operation.TryGetProperty("requestBody", out _));
        }
        var query = paths.GetProperty("/v1/alerts").GetProperty("get").GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("name").GetString());
        Assert.Equal(["after", "from", "instance", "limit", "state", "to", "user"], query.Order());
    }

    private async Task<(Guid Instance, Guid User)> AddInstanceAsync()
    {
        var (instance, user) = (Guid.NewGuid(), Guid.NewGuid());
        await _app.Database.DataSource.RunAsync(
            $"""
            INSERT INTO users (id) VALUES ('{user}');
            INSERT INTO instances (id, name, user_id, created_at) VALUES ('{instance}', 'one', '{user}', now() - interval '40 days')
            """);
        return (instance, user);
    }

    private Task<HttpResponseMessage> PostAsync(string path, object body) => _app.Client.PostAsJsonAsync(path, body, Token);

    private static async Task AssertNamesAsync(HttpResponseMessage answer, string parameter)
    {
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{answer.StatusCode}: {text}");
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(parameter, problem.GetProperty("parameter").GetString());
        Assert.False(string.IsNullOrWhiteSpace(problem.GetProperty("detail").GetString()));
    }
}
