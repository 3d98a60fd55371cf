using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LaunchStack.Operations.Tests.Support;
using LaunchStack.TestSupport;
using LaunchStack.Usage.Database;

namespace LaunchStack.Operations.Tests.Advice;

[Collection(nameof(BackedUpDatabase))]
public sealed class AdviceTests(BackedUpDatabase fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Advice_comes_with_figures_a_trial_measures_it_and_nothing_is_applied()
    {
        var app = fixture.App;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.Conflict), (fixture.AdviceWithoutSamples, fixture.TrialWithoutSamples));

        await app.Database.DataSource.ExecuteAsync(
            """
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, memory_usage)
            SELECT md5(i::text)::uuid, t, 50, 1000 + i
            FROM generate_series(date_trunc('day', now(), 'UTC') - interval '1 day', date_trunc('day', now(), 'UTC') - interval '1 minute', '1 minute') t, generate_series(1, 10) i
            """, Token);
        await app.Database.DataSource.ExecuteAsync("ANALYZE resource_usage", Token);

        var advice = await app.Client.GetFromJsonAsync<JsonElement>("/v1/database/advice", Token);
        Assert.True(advice.GetProperty("measured").GetProperty("rows_per_second").GetDouble() > 0);
        Assert.Contains(advice.GetProperty("proposals").EnumerateArray(), p => p.GetProperty("setting").GetString() == "Lifecycle:ChunkInterval" && p.GetProperty("reason").GetString()!.Contains("rows a second", StringComparison.Ordinal));

        var answer = await TryAsync(app, new { chunk_interval_seconds = 21_600, segment_by = Array.Empty<string>() });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
        var tried = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal((14_400, 1, 4), (
            tried.GetProperty("rows").GetInt64(), tried.GetProperty("today").GetProperty("chunks").GetInt64(), tried.GetProperty("proposed").GetProperty("chunks").GetInt64()));
        Assert.All(["today", "proposed"], side => Assert.True(
            tried.GetProperty(side).GetProperty("compressed_bytes").GetInt64() < tried.GetProperty(side).GetProperty("bytes").GetInt64()
            && tried.GetProperty(side).GetProperty("insert_rows_per_second").GetDouble() > 0));

        Assert.False(await app.Database.DataSource.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'launchstack_trial')", Token));
        Assert.Equal(TimeSpan.FromDays(1), await app.Database.DataSource.ScalarAsync<TimeSpan>("SELECT time_interval FROM timescaledb_information.dimensions WHERE hypertable_name = 'resource_usage'", Token));

        foreach (var (body, named) in new (object, string)[]
        {
            (new { }, "Name what to try"), (new { chunk_interval_seconds = 7 }, "multiple of 300"), (new { segment_by = new[] { "x'; DROP TABLE users; --" } }, "no column"),
            (new { order_by = new[] { "timestamp SIDEWAYS" } }, "order_by"),
        })
        {
            var refused = await TryAsync(app, body);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains(named, await refused.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        }
    }

    private static Task<HttpResponseMessage> TryAsync(OperationsApp app, object body) => app.Client.PostAsJsonAsync("/v1/database/advice/try", body, Token);
}
