using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LaunchStack.Operations.Advice;
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

    [Fact]
    public async Task What_is_proposed_can_be_applied_as_it_stands()
    {
        // Little memory and disk, late samples: everything has to change.
        var proposals = Advisor.Propose(new(
            100, 1000, 150, 60, 12, 1L << 30, 20_000_000_000, 1_000_000_000, 86_400, 86_400, 7 * 86_400, 90 * 86_400,
            new Dictionary<string, double> { ["resource_usage_5m"] = 3600, ["resource_usage_hourly"] = 3600, ["resource_usage_daily"] = 3600 }), TimeSpan.FromHours(2));
        Assert.Equal(6, proposals.Count(proposal => proposal.Sql is not null));

        await using var connection = await fixture.App.Database.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        foreach (var sql in proposals.Select(proposal => proposal.Sql).OfType<string>())
            Assert.Single(await connection.QueryAsync(sql, _ => 1, Token));
        var after = await connection.QueryAsync("SELECT config::text FROM timescaledb_information.jobs WHERE job_id >= 1000", row => row.GetString(0), Token);
        Assert.Equal(5, after.Count(config => config.Contains(" seconds\"", StringComparison.Ordinal)));
        Assert.Equal(
            TimeSpan.FromHours(12), await connection.ScalarAsync<TimeSpan>("SELECT time_interval FROM timescaledb_information.dimensions WHERE hypertable_name = 'resource_usage'", Token));
        await transaction.RollbackAsync(Token);
    }

    private static Task<HttpResponseMessage> TryAsync(OperationsApp app, object body) => app.Client.PostAsJsonAsync("/v1/database/advice/try", body, Token);
}
