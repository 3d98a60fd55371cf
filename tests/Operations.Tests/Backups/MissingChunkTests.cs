using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using LaunchStack.Operations.Backups;
using LaunchStack.Operations.Tests.Support;
using LaunchStack.TestSupport;
using LaunchStack.Usage.Database;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace LaunchStack.Operations.Tests.Backups;

/// <summary>A copy that is sound in itself, and in which one chunk's data is not.</summary>
[Collection(nameof(BackedUpDatabase))]
public sealed class MissingChunkTests(BackedUpDatabase fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private NpgsqlDataSource Database => fixture.App.Database.DataSource;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_drill_names_the_relation_and_the_window(bool compressed)
    {
        var report = fixture.App.Database.Gateway is null ? await DumpWithoutAsync(compressed) : await SnapshotWithoutAsync();

        Assert.Equal("failed", report.GetProperty("outcome").GetString());
        Assert.Contains(
            report.GetProperty("findings").EnumerateArray(),
            finding => finding.GetProperty("relation").GetString() == "resource_usage" && finding.GetProperty("from").ValueKind == JsonValueKind.String
                && finding.GetProperty("to").ValueKind == JsonValueKind.String && finding.GetProperty("detail").GetString() == "has 0 rows, should have 1440");
    }

    private async Task<JsonElement> DumpWithoutAsync(bool compressed)
    {
        // A day of its own: what is dumped is the live database, in which other tests drop and add days.
        var day = $"date_trunc('day', now(), 'UTC') - interval '{(compressed ? 8 : 2)} days'";
        await using var connection = await Database.OpenConnectionAsync(Token);
        await connection.ExecuteAsync(
            $"""
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage)
            SELECT md5('missing')::uuid, t, 50 FROM generate_series({day}, {day} + interval '1 day' - interval '1 minute', '1 minute') t
            """, Token);
        var chunk = await connection.ScalarAsync<string>(
            $"SELECT format('%I.%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks WHERE hypertable_name = 'resource_usage' AND range_start = {day}", Token);
        if (compressed)
            await connection.ExecuteAsync("SELECT compress_chunk($1::text::regclass, if_not_compressed => true)", Token, chunk);
        // The table that holds the rows of a compressed chunk has another name in each version.
        var left = compressed ? "_timescaledb_internal.*compress*" : chunk;
        using var tools = new TemporaryDirectory("tools");
        var folder = BackedUpDatabase.PostgresBin is { Length: > 0 } given ? given : $"/usr/lib/postgresql/{connection.PostgreSqlVersion.Major}/bin";
        Write("pg_dump", $"--exclude-table-data='{left}'");
        Write("pg_restore", "");

        var options = fixture.App.Services.GetRequiredService<BackupOptions>();
        options.PostgresBin = tools.Path;
        try
        {
            var id = (await (await fixture.App.Client.PostAsync("/v1/backups", null, Token)).Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("id").GetString();
            JsonElement drill = default;
            await Wait.UntilAsync(
                async () => (drill = (await fixture.App.Client.GetFromJsonAsync<JsonElement>("/v1/backups/drills", Token)).EnumerateArray()
                    .FirstOrDefault(report => report.GetProperty("backup_id").GetString() == id)).ValueKind == JsonValueKind.Object,
                "the backup is made and tried", TimeSpan.FromMinutes(3));
            return drill;
        }
        finally
        {
            options.PostgresBin = BackedUpDatabase.PostgresBin;
        }

        void Write(string program, string argument)
        {
            var path = Path.Combine(tools.Path, program);
            File.WriteAllText(path, $"#!/bin/sh\nexec '{folder}/{program}' \"$@\" {argument}\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    // A snapshot has all files or none; what it lacks is a day that the manifest has.
    private Task<JsonElement> SnapshotWithoutAsync()
    {
        var folder = fixture.Copy($"lacks-a-day-{Guid.NewGuid():n}");
        BackedUpDatabase.Edit(folder, manifest =>
        {
            var windows = manifest["figures"]!["windows"]!.AsArray();
            var day = JsonNode.Parse(windows.First(window => (string?)window!["relation"] == "resource_usage")!.ToJsonString())!;
            day["from"] = day["from"]!.GetValue<DateTimeOffset>().AddDays(-1);
            day["to"] = day["to"]!.GetValue<DateTimeOffset>().AddDays(-1);
            windows.Add(day);
        });
        return fixture.DrillAsync(folder);
    }
}
