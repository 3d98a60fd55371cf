using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LaunchStack.Operations.Monitoring;
using LaunchStack.Operations.Tests.Support;
using LaunchStack.TestSupport;
using LaunchStack.Usage;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Operations.Tests.Monitoring;

public sealed class DatabaseTests(DatabaseTests.Fixture fixture) : IClassFixture<DatabaseTests.Fixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private OperationsApp App => fixture.App;

    // Each makes one thing wrong in the shared database, and right again. The failure lies ahead: a server's own worker may succeed at any moment.
    public static TheoryData<string, string, string, string> Faults => new()
    {
        { "job-failing", "policy_compression", "INSERT INTO policy_runs (job_id, finished_at, failures, last_error) SELECT job_id, now() + interval '5 minutes', 1, 'on purpose' FROM timescaledb_information.jobs WHERE proc_name = 'policy_compression'", "DELETE FROM policy_runs" },
        { "job-stopped", "drop_rolled_up_chunks of resource_usage_5m", "SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs WHERE config ->> 'relation' = 'resource_usage_5m'", "SELECT alter_job(job_id, scheduled => true) FROM timescaledb_information.jobs WHERE config ->> 'relation' = 'resource_usage_5m'" },
        { "chunk-uncompressed", "resource_usage", "INSERT INTO resource_usage (instance_id, \"timestamp\") VALUES (gen_random_uuid(), now() - interval '20 days')", "SELECT drop_chunks('resource_usage', older_than => now() - interval '15 days')" },
        { "rollup-behind", "resource_usage_5m lacks", "SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs WHERE proc_name LIKE 'policy_refresh%'; INSERT INTO resource_usage (instance_id, \"timestamp\") VALUES (gen_random_uuid(), now() - interval '3 days')", "SELECT alter_job(job_id, scheduled => true) FROM timescaledb_information.jobs WHERE proc_name LIKE 'policy_refresh%'; SELECT drop_chunks('resource_usage', older_than => now() - interval '1 day')" },
        { "outbox-waiting", "events wait in the outbox", "INSERT INTO outbox (message_type, body, created_at) VALUES ('UsageIngested', '{}', now() - interval '2 minutes')", "DELETE FROM outbox" },
        { "outbox-unpublishable", "1 events", "INSERT INTO outbox (message_type, body, claimed_until) VALUES ('Unknown', '{}', 'infinity')", "DELETE FROM outbox" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_is_an_alarm_and_degrades_health_with_its_name_and_runbook_until_it_is_gone(string alarm, string named, string fault, string repair)
    {
        await App.Database.DataSource.ExecuteAsync(fault, Token);
        JsonElement health = default;
        // A minute is what is promised.
        await Wait.UntilAsync(
            async () => (health = await HealthAsync()).GetProperty("checks").GetProperty(alarm).GetProperty("status").GetString() == "Degraded", $"alarm {alarm}", TimeSpan.FromMinutes(1));
        var reason = health.GetProperty("checks").GetProperty(alarm).GetProperty("reason").GetString();
        Assert.Contains(named, reason, StringComparison.Ordinal);
        Assert.EndsWith($"See docs/runbooks/{alarm}.md.", reason, StringComparison.Ordinal);
        Assert.Contains((await ReadAsync()).GetProperty("alarms").EnumerateArray(), a => a.GetProperty("name").GetString() == alarm);

        await App.Database.DataSource.ExecuteAsync(repair, Token);
        await Wait.UntilAsync(
            async () => (await HealthAsync()).GetProperty("checks").GetProperty(alarm).GetProperty("status").GetString() == "Healthy", $"{alarm} is over", TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task The_reading_has_every_relation_job_and_rollup_in_snake_case()
    {
        var database = (await ReadAsync()).GetProperty("database");
        Assert.Equal(
            new[] { "resource_usage", "resource_usage_revisions" }.Concat(Rollup.All.Select(r => r.Name)).Order(StringComparer.Ordinal),
            database.GetProperty("relations").EnumerateArray().Select(r => r.GetProperty("name").GetString()).Order(StringComparer.Ordinal));
        var samples = database.GetProperty("relations").EnumerateArray().First(r => r.GetProperty("name").GetString() == "resource_usage");
        Assert.Equal((86_400, 604_800, 7_776_000), (
            samples.GetProperty("chunk_interval_seconds").GetDouble(), samples.GetProperty("compress_after_seconds").GetDouble(), samples.GetProperty("drop_after_seconds").GetDouble()));
        Assert.Equal(1 + (2 * Rollup.All.Count), database.GetProperty("jobs").GetArrayLength());
        Assert.Equal(Rollup.All.Count, database.GetProperty("rollups").GetArrayLength());
        Assert.True(database.GetProperty("server").GetProperty("database_bytes").GetInt64() > 1_000_000);
        Assert.Equal(0, database.GetProperty("unread").GetArrayLength());
    }

    [Fact]
    public async Task Sizes_before_and_after_compression_and_lateness_follow_the_rows()
    {
        await App.Database.DataSource.ExecuteAsync(
            """
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, received_at)
            SELECT md5(i::text)::uuid, t, 1, t + interval '20 seconds'
            FROM generate_series(date_trunc('day', now(), 'UTC') - interval '26 hours', date_trunc('day', now(), 'UTC') - interval '25 hours', '10 seconds') t, generate_series(1, 20) i
            """, Token);
        var chunk = await App.Database.DataSource.ScalarAsync<string>("SELECT show_chunks('resource_usage', newer_than => now() - interval '3 days')::text LIMIT 1", Token);
        JsonElement lateness = default;
        await Wait.UntilAsync(async () => (lateness = (await ReadAsync()).GetProperty("database").GetProperty("lateness")).ValueKind == JsonValueKind.Object, "lateness is measured");
        Assert.Equal(20, lateness.GetProperty("p50_seconds").GetDouble());

        await App.Database.DataSource.ExecuteAsync("SELECT compress_chunk($1::text::regclass)", Token, chunk);
        await Wait.UntilAsync(async () => (await SamplesAsync()).GetProperty("compressed_chunks").GetInt64() == 1, "the chunk is seen compressed");
        var samples = await SamplesAsync();
        Assert.Equal(7220, samples.GetProperty("compressed_rows").GetInt64());
        Assert.True(samples.GetProperty("after_compression_bytes").GetInt64() < samples.GetProperty("before_compression_bytes").GetInt64());
        await App.Database.DataSource.ExecuteAsync("SELECT drop_chunks('resource_usage', older_than => now())", Token);

        async Task<JsonElement> SamplesAsync() => (await ReadAsync()).GetProperty("database").GetProperty("relations").EnumerateArray()
            .First(r => r.GetProperty("name").GetString() == "resource_usage");
    }

    [Fact]
    public async Task A_job_that_runs_is_not_one_that_fails()
    {
        // As a worker looks from its start on: counted as a crash until it ends, and known by its name. A server's own is not to run it meanwhile.
        await App.Database.DataSource.ExecuteAsync(
            """
            SELECT alter_job(1005, scheduled => false);
            UPDATE _timescaledb_internal.bgw_job_stat SET last_start = now(), last_finish = '-infinity', consecutive_crashes = 1, consecutive_failures = 0 WHERE job_id = 1005;
            INSERT INTO _timescaledb_internal.bgw_job_stat
            SELECT 1005, now(), '-infinity', now() + interval '1 hour', '-infinity', false, 1, '0', '0', 0, 0, 1, 0, 1
            WHERE NOT EXISTS (SELECT FROM _timescaledb_internal.bgw_job_stat WHERE job_id = 1005)
            """, Token);
        // The embedded database has no workers to look for.
        if (App.Database.Gateway is null)
        {
            await using var worker = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(App.Database.ConnectionString) { Pooling = false }.ConnectionString);
            await worker.OpenAsync(Token);
            await worker.ExecuteAsync("SET application_name = 'User-Defined Action [1005]'", Token);
            await Wait.UntilAsync(async () => (await JobAsync()).GetProperty("running_for_seconds").ValueKind == JsonValueKind.Number, "the job is seen to run");
            Assert.Equal(0, (await JobAsync()).GetProperty("consecutive_failures").GetInt64());
            await worker.ExecuteAsync("RESET application_name", Token);
        }
        await Wait.UntilAsync(async () => (await JobAsync()).GetProperty("consecutive_failures").GetInt64() == 1, "without its worker it has crashed");
        await App.Database.DataSource.ExecuteAsync("DELETE FROM _timescaledb_internal.bgw_job_stat WHERE job_id = 1005", Token);
        await Wait.UntilAsync(async () => (await JobAsync()).GetProperty("consecutive_failures").GetInt64() == 0, "nothing is known of it");
        await App.Database.DataSource.ExecuteAsync("SELECT alter_job(1005, scheduled => true)", Token);

        async Task<JsonElement> JobAsync() =>
            (await ReadAsync()).GetProperty("database").GetProperty("jobs").EnumerateArray().Single(job => job.GetProperty("job_id").GetInt32() == 1005);
    }

    [Fact]
    public async Task A_part_that_cannot_be_read_is_named_and_keeps_the_others()
    {
        await App.Database.DataSource.ExecuteAsync("ALTER TABLE outbox RENAME COLUMN created_at TO made_at", Token);
        await Wait.UntilAsync(
            async () => (await ReadAsync()).GetProperty("database").GetProperty("unread").EnumerateArray().Any(u => u.GetProperty("part").GetString() == "outbox"), "outbox is unread");
        Assert.Equal(7, (await ReadAsync()).GetProperty("database").GetProperty("jobs").GetArrayLength());
        await App.Database.DataSource.ExecuteAsync("ALTER TABLE outbox RENAME COLUMN made_at TO created_at", Token);
        await Wait.UntilAsync(async () => (await ReadAsync()).GetProperty("database").GetProperty("unread").GetArrayLength() == 0, "all is read");
    }

    [Fact]
    public async Task Who_has_no_key_reads_nothing() =>
        Assert.Equal(HttpStatusCode.Unauthorized, (await App.Stranger().GetAsync("/v1/database", Token)).StatusCode);

    [Theory]
    [InlineData("GET", "/v1/database")]
    [InlineData("GET", "/v1/database/advice")]
    [InlineData("POST", "/v1/database/advice/try")]
    [InlineData("GET", "/v1/backups")]
    [InlineData("POST", "/v1/backups")]
    [InlineData("GET", "/v1/backups/drills")]
    [InlineData("GET", "/v1/backups/00000000-0000-0000-0000-000000000000")]
    [InlineData("POST", "/v1/backups/00000000-0000-0000-0000-000000000000/drill")]
    public async Task A_query_parameter_that_is_not_known_is_refused_by_its_name(string method, string path)
    {
        using var request = new HttpRequestMessage(new(method), $"{path}?limt=5") { Content = method == "POST" ? JsonContent.Create(new { }) : null };
        using var response = await App.Client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("limt", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_metric_stands_in_the_documentation_with_its_unit()
    {
        await ReadAsync();
        var seen = new Dictionary<string, string?>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == DatabaseTelemetry.Name)
                    seen[instrument.Name] = instrument.Unit;
            },
        };
        listener.Start();
        var documented = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "docs", "telemetry.md"), Token);

        Assert.True(seen.Count > 30);
        Assert.All(seen, metric => Assert.Contains($"`{metric.Key}` | `{metric.Value}` |", documented, StringComparison.Ordinal));
    }

    private async Task<JsonElement> HealthAsync() => await JsonAsync("/health");

    private async Task<JsonElement> ReadAsync()
    {
        await Wait.UntilAsync(async () => (await App.Client.GetAsync("/v1/database", Token)).IsSuccessStatusCode, "the first reading");
        return await JsonAsync("/v1/database");
    }

    private async Task<JsonElement> JsonAsync(string path) => JsonSerializer.Deserialize<JsonElement>(await App.Client.GetStringAsync(path, Token));

    public sealed class Fixture : IAsyncLifetime
    {
        public OperationsApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync() => App = await OperationsApp.StartAsync();

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
