using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using LaunchStack.Operations.Backups;
using LaunchStack.Operations.Backups.Restore;
using LaunchStack.Operations.Tests.Support;
using LaunchStack.TestSupport;
using LaunchStack.Usage.Database;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Operations.Tests.Backups;

/// <summary>One backup of a database with compressed, dropped and late samples; then it is restored, damaged, and restored again.</summary>
public sealed class BackupTests(BackupTests.Fixture fixture) : IClassFixture<BackupTests.Fixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backup_is_made_on_request_tried_and_announced()
    {
        Assert.Equal(("completed", "request", true), (
            fixture.Backup.GetProperty("state").GetString(), fixture.Backup.GetProperty("trigger").GetString(), fixture.Backup.GetProperty("encrypted").GetBoolean()));
        Assert.Equal(Fixture.Samples, fixture.Backup.GetProperty("samples").GetInt64());
        Assert.Equal("", string.Join("; ", fixture.Drill.GetProperty("findings").EnumerateArray()));
        Assert.Equal("passed", fixture.Drill.GetProperty("outcome").GetString());
        Assert.True(fixture.Drill.GetProperty("windows").GetInt64() >= 3);
        Assert.True(fixture.Drill.GetProperty("buckets").GetInt64() > 0);

        var manifest = await fixture.App.Client.GetFromJsonAsync<JsonElement>($"/v1/backups/{fixture.Backup.GetProperty("id").GetString()}", Token);
        Assert.Equal(7, manifest.GetProperty("figures").GetProperty("jobs").GetArrayLength());
        Assert.Equal(64, manifest.GetProperty("sha256").GetString()!.Length);
        // The events went out with the transaction's outbox.
        Assert.Equal(1, await fixture.App.Database.DataSource.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE message_type = 'BackupCompleted' AND (body ->> 'succeeded')::boolean", Token));
        Assert.True(await fixture.App.Database.DataSource.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE message_type = 'RestoreDrillCompleted'", Token) >= 1);
    }

    [Fact]
    public async Task A_drill_of_a_file_with_one_byte_changed_fails_and_names_the_file()
    {
        var folder = fixture.Copy("one-byte");
        var file = System.IO.Directory.EnumerateFiles(folder, "*.enc").Single();
        var bytes = await File.ReadAllBytesAsync(file, Token);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Token);
        var report = await fixture.DrillAsync(folder);

        Assert.Equal("failed", report.GetProperty("outcome").GetString());
        Assert.Contains("SHA-256", Line(report.GetProperty("findings")[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_drill_names_each_thing_that_is_not_as_the_manifest_says()
    {
        var folder = fixture.Copy("differs");
        Fixture.Edit(folder, manifest =>
        {
            var figures = manifest["figures"]!;
            figures["windows"]![0]!["rows"] = 1;
            figures["windows"]![1]!["checksum"] = "1";
            var users = figures["relations"]!.AsArray().Single(r => (string?)r!["name"] == "users")!;
            users["rows"] = 77;
            users["max_rows"] = 77;
            figures["jobs"]!.AsArray().Add("4711 policy_of_another_time every 1 day, {}");
            figures["schema"] = "0001-extension";
        });
        var report = await fixture.DrillAsync(folder);

        Assert.Equal("failed", report.GetProperty("outcome").GetString());
        var findings = report.GetProperty("findings").EnumerateArray().Select(Line).ToList();
        Assert.All(
            ["resource_usage from: has 1440 rows, should have 1", "resource_usage from: its 1440 rows are not", "users: has 1 rows, should have 77", "jobs: job 4711",
                "schema_versions: the backup is of schema 0001-extension"],
            named => Assert.Contains(findings, finding => finding.StartsWith(named, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_its_key_nothing_is_known_of_a_backup()
    {
        var options = fixture.App.Services.GetRequiredService<BackupOptions>();
        options.Key = "another key than it was made with";
        try
        {
            var report = await fixture.DrillAsync(fixture.Copy("key"));
            Assert.Contains("Backups:Key is another one", Line(report.GetProperty("findings")[0]), StringComparison.Ordinal);
            Assert.Equal("could_not_verify", report.GetProperty("outcome").GetString());
        }
        finally
        {
            options.Key = Fixture.Key;
        }
    }

    [Fact]
    public async Task Restore_refuses_what_is_not_empty_and_proves_what_it_restored()
    {
        using var directory = new TemporaryDirectory("restore");
        var (output, error) = (new StringWriter(), new StringWriter());
        var runner = new RestoreRunner(
            new() { Directory = fixture.Directory, Key = Fixture.Key, GatewayFolder = EmbeddedGateway.Folder, PostgresBin = Fixture.PostgresBin }, TimeProvider.System, output, error);
        var name = fixture.Backup.GetProperty("name").GetString();
        if (fixture.App.Database.Gateway is null)
        {
            Assert.Equal(RestoreRunner.Refused, await runner.RunAsync(name, fixture.App.Database.ConnectionString, null, Token));
            await using var empty = await EmptyDatabase.CreateAsync();
            Assert.Equal(RestoreRunner.Done, await runner.RunAsync(name, empty.ConnectionString, null, Token));
        }
        else
        {
            await File.WriteAllTextAsync(Path.Combine(directory.Path, "something"), "", Token);
            Assert.Equal(RestoreRunner.Refused, await runner.RunAsync(name, null, directory.Path, Token));
            File.Delete(Path.Combine(directory.Path, "something"));
            Assert.Equal(RestoreRunner.Done, await runner.RunAsync(name, null, directory.Path, Token));
        }
        Assert.Contains("is not empty", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("as measured in a drill", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("all is as it was backed up", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_no_key_lists_nothing() =>
        Assert.Equal(HttpStatusCode.Unauthorized, (await fixture.App.Stranger().GetAsync("/v1/backups", Token)).StatusCode);

    private static string Line(JsonElement finding) =>
        $"{finding.GetProperty("relation").GetString()}{(finding.GetProperty("from").ValueKind == JsonValueKind.Null ? "" : " from")}: {finding.GetProperty("detail").GetString()}";

    public sealed class Fixture : IAsyncLifetime
    {
        public const string Key = "the key of this test's backups";
        public const int Samples = 3 * 24 * 60;

        private readonly TemporaryDirectory _directory = new("backups");

        /// <summary>Of a server whose tools are elsewhere.</summary>
        public static string PostgresBin => Environment.GetEnvironmentVariable("LAUNCHSTACK_TEST_POSTGRES_BIN") ?? "";

        public OperationsApp App { get; private set; } = null!;

        public JsonElement Backup { get; private set; }

        public JsonElement Drill { get; private set; }

        public string Directory => _directory.Path;

        public async ValueTask InitializeAsync()
        {
            App = await OperationsApp.StartAsync(
                ("Backups:Directory", Directory), ("Backups:Schedule", ""), ("Backups:Key", Key), ("Backups:GatewayFolder", EmbeddedGateway.Folder), ("Backups:PostgresBin", PostgresBin));
            await FillAsync(App.Database);
            (await App.Client.PostAsync("/v1/backups", null)).EnsureSuccessStatusCode();
            await Wait.UntilAsync(
                async () => (await App.Client.GetFromJsonAsync<JsonElement>("/v1/backups")) is var list
                    && list.GetProperty("running").ValueKind == JsonValueKind.Null && list.GetProperty("backups").GetArrayLength() == 1,
                "the backup and its drill are done", TimeSpan.FromMinutes(3));
            Backup = (await App.Client.GetFromJsonAsync<JsonElement>("/v1/backups")).GetProperty("backups")[0];
            Drill = (await App.Client.GetFromJsonAsync<JsonElement>("/v1/backups/drills"))[0];
        }

        public async ValueTask DisposeAsync()
        {
            await App.DisposeAsync();
            _directory.Dispose();
        }

        /// <summary>The same backup once more, under another name and id.</summary>
        public string Copy(string purpose)
        {
            var folder = Path.Combine(Directory, purpose.Replace(' ', '-'));
            System.IO.Directory.CreateDirectory(folder);
            foreach (var file in System.IO.Directory.EnumerateFiles(Path.Combine(Directory, Backup.GetProperty("name").GetString()!)))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            File.Delete(Path.Combine(folder, "drill.json"));
            Edit(folder, manifest =>
            {
                manifest["id"] = Guid.NewGuid().ToString();
                manifest["name"] = Path.GetFileName(folder);
            });
            return folder;
        }

        public async Task<JsonElement> DrillAsync(string folder)
        {
            var id = (string)JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "manifest.json")))!["id"]!;
            await Wait.UntilAsync(async () => (await App.Client.PostAsync($"/v1/backups/{id}/drill", null)).IsSuccessStatusCode, "the drill is taken", TimeSpan.FromMinutes(3));
            await Wait.UntilAsync(
                async () => File.Exists(Path.Combine(folder, "drill.json"))
                    && (await App.Client.GetFromJsonAsync<JsonElement>("/v1/backups")).GetProperty("running").ValueKind == JsonValueKind.Null,
                "the drill is done", TimeSpan.FromMinutes(3));
            return JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(Path.Combine(folder, "drill.json")));
        }

        public static void Edit(string folder, Action<JsonNode> change)
        {
            var path = Path.Combine(folder, "manifest.json");
            var manifest = JsonNode.Parse(File.ReadAllText(path))!;
            change(manifest);
            File.WriteAllText(path, manifest.ToJsonString());
        }

        private static async Task FillAsync(TestTimescale database)
        {
            await database.DataSource.ExecuteAsync("INSERT INTO users (id) VALUES (gen_random_uuid())", Token);
            await database.DataSource.ExecuteAsync(
                $"""
                INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, memory_usage, network_in)
                SELECT md5('i')::uuid, t, 50, 1000, extract(epoch FROM t)::bigint
                FROM generate_series(date_trunc('day', now(), 'UTC') - interval '12 days', date_trunc('day', now(), 'UTC') - interval '9 days' - interval '1 minute', '1 minute') t
                """, Token);
            foreach (var rollup in new[] { "resource_usage_5m", "resource_usage_hourly", "resource_usage_daily" })
                await database.DataSource.ExecuteAsync($"CALL refresh_continuous_aggregate('{rollup}', now() - interval '20 days', now() - interval '8 days')", Token);
            var chunk = await database.DataSource.ScalarAsync<string>("SELECT show_chunks('resource_usage')::text LIMIT 1", Token);
            await database.DataSource.ExecuteAsync("SELECT compress_chunk($1::text::regclass)", Token, chunk);
        }
    }
}
