using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using LaunchStack.Operations.Backups;
using LaunchStack.Operations.Backups.Drills;
using LaunchStack.Operations.Backups.Figures;
using LaunchStack.Operations.Backups.Restore;
using LaunchStack.Operations.Tests.Support;
using LaunchStack.TestSupport;
using LaunchStack.Usage.Database;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Operations.Tests.Backups;

/// <summary>One backup of a database with compressed, dropped and late samples; then it is restored, damaged, and restored again.</summary>
[Collection(nameof(BackedUpDatabase))]
public sealed class BackupTests(BackedUpDatabase fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backup_is_made_on_request_tried_and_announced()
    {
        Assert.Equal(("completed", "request", true), (
            fixture.Backup.GetProperty("state").GetString(), fixture.Backup.GetProperty("trigger").GetString(), fixture.Backup.GetProperty("encrypted").GetBoolean()));
        Assert.Equal(BackedUpDatabase.Samples, fixture.Backup.GetProperty("samples").GetInt64());
        Assert.Equal("", string.Join("; ", fixture.Drill.GetProperty("findings").EnumerateArray()));
        Assert.Equal("passed", fixture.Drill.GetProperty("outcome").GetString());
        Assert.True(fixture.Drill.GetProperty("windows").GetInt64() >= 3);
        Assert.True(fixture.Drill.GetProperty("buckets").GetInt64() > 0);

        var manifest = await fixture.App.Client.GetFromJsonAsync<JsonElement>($"/v1/backups/{fixture.Backup.GetProperty("id").GetString()}", Token);
        Assert.Equal(7, manifest.GetProperty("figures").GetProperty("jobs").GetArrayLength());
        Assert.Equal(64, manifest.GetProperty("sha256").GetString()!.Length);
        // The events went out with the transaction's outbox.
        Assert.Equal(1, await fixture.App.Database.DataSource.ScalarAsync<long>(
            "SELECT count(*) FROM outbox WHERE message_type = 'BackupCompleted' AND (body ->> 'succeeded')::boolean AND body ->> 'backupId' = $1",
            Token, fixture.Backup.GetProperty("id").GetString()!));
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
        BackedUpDatabase.Edit(folder, manifest =>
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
    public async Task A_proof_names_a_chunk_a_row_and_a_bucket_that_are_gone()
    {
        var database = fixture.App.Database.DataSource;
        var manifest = fixture.App.Services.GetRequiredService<BackupStore>().Find(fixture.Backup.GetProperty("id").GetGuid())!;
        var days = manifest.Figures!.Windows.Where(window => window.Relation == "resource_usage").Select(window => window.From.UtcDateTime).ToList();
        // Nothing else here looks at the live database's samples of these days.
        await database.ExecuteAsync("SELECT drop_chunks('resource_usage', older_than => $1::timestamptz)", Token, days[1]);
        // Without the trigger that would keep the row as a revision.
        await database.ExecuteAsync(
            $"SET session_replication_role = replica; DELETE FROM resource_usage WHERE \"timestamp\" = '{days[1].AddHours(2):u}'; RESET session_replication_role", Token);
        var rollup = await database.ScalarAsync<string>(
            """
            SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name) FROM timescaledb_information.continuous_aggregates
            WHERE view_name = 'resource_usage_5m'
            """, Token);
        await database.ExecuteAsync($"DELETE FROM {rollup} WHERE bucket = $1", Token, days[2].AddHours(3));

        var findings = new List<Finding>();
        await using (var connection = await new BackupSource(fixture.App.Database.ConnectionString).OpenAsync(Token))
            await new DataProof(connection, manifest.Figures, findings, _ => { }).RunAsync(null, Token);

        var lines = findings.ConvertAll(finding => finding.ToString());
        Assert.All(
            [
                $"resource_usage from {days[0]:yyyy-MM-dd} 00:00Z to {days[1]:yyyy-MM-dd} 00:00Z: has 0 rows, should have 1440",
                $"resource_usage from {days[1]:yyyy-MM-dd} 00:00Z to {days[2]:yyyy-MM-dd} 00:00Z: has 1439 rows, should have 1440",
                "compressed chunks: 0 are there, should be 1", "resource_usage_5m from",
            ],
            named => Assert.Contains(lines, line => line.StartsWith(named, StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.Contains($"buckets differ from resource_usage, the first of instance", StringComparison.Ordinal)
            && line.Contains($"at {days[2].AddHours(3):u}", StringComparison.Ordinal));
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
            options.Key = BackedUpDatabase.Key;
        }
    }

    [Fact]
    public async Task Restore_refuses_what_is_not_empty_and_proves_what_it_restored()
    {
        using var directory = new TemporaryDirectory("restore");
        var (output, error) = (new StringWriter(), new StringWriter());
        var runner = new RestoreRunner(
            new() { Directory = fixture.Directory, Key = BackedUpDatabase.Key, GatewayFolder = EmbeddedGateway.Folder, PostgresBin = BackedUpDatabase.PostgresBin }, TimeProvider.System, output, error);
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
}
