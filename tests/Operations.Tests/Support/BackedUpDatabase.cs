using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using LaunchStack.TestSupport;
using LaunchStack.Usage;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Operations.Tests.Support;

/// <summary>One database with compressed, plain and rolled-up samples, its service, and one backup of it that was tried.</summary>
public sealed class BackedUpDatabase : IAsyncLifetime
{
    public const string Key = "the key of this test's backups";
    public const int Samples = 3 * 24 * 60;

    // The embedded database has one session, and nothing here asks what the monitor reads after the first time.
    private const string Interval = "00:00:30";

    private readonly TemporaryDirectory _directory = new("backups");

    /// <summary>Of a server whose tools are elsewhere.</summary>
    public static string PostgresBin => Environment.GetEnvironmentVariable("LAUNCHSTACK_TEST_POSTGRES_BIN") ?? "";

    public OperationsApp App { get; private set; } = null!;

    public JsonElement Backup { get; private set; }

    public JsonElement Drill { get; private set; }

    /// <summary>What was answered before there were samples.</summary>
    public HttpStatusCode AdviceWithoutSamples { get; private set; }

    /// <inheritdoc cref="AdviceWithoutSamples"/>
    public HttpStatusCode TrialWithoutSamples { get; private set; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public string Directory => _directory.Path;

    public async ValueTask InitializeAsync()
    {
        App = await OperationsApp.StartAsync(
            ("Backups:Directory", Directory), ("Backups:Schedule", ""), ("Backups:Key", Key), ("Backups:GatewayFolder", EmbeddedGateway.Folder), ("Backups:PostgresBin", PostgresBin),
            ("Monitoring:Interval", Interval));
        await Wait.UntilAsync(async () => (await App.Client.GetAsync("/v1/database", Token)).IsSuccessStatusCode, "the first reading");
        AdviceWithoutSamples = (await App.Client.GetAsync("/v1/database/advice", Token)).StatusCode;
        TrialWithoutSamples = (await App.Client.PostAsJsonAsync("/v1/database/advice/try", new { chunk_interval_seconds = 3600 }, Token)).StatusCode;
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

    // Too young for the policies: on a server they run when they like.
    private static async Task FillAsync(TestTimescale database)
    {
        await database.DataSource.ExecuteAsync("INSERT INTO users (id) VALUES (gen_random_uuid())", Token);
        await database.DataSource.ExecuteAsync(
            $"""
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, memory_usage, network_in, received_at)
            SELECT md5('i')::uuid, t, 50, 1000, extract(epoch FROM t)::bigint, t + interval '1 second'
            FROM generate_series(date_trunc('day', now(), 'UTC') - interval '6 days', date_trunc('day', now(), 'UTC') - interval '3 days' - interval '1 minute', '1 minute') t
            """, Token);
        foreach (var rollup in Rollup.All.Select(r => r.Name))
            await Wait.UntilAsync(() => RefreshAsync(database, rollup), $"{rollup} is refreshed");
        var chunk = await database.DataSource.ScalarAsync<string>("SELECT show_chunks('resource_usage')::text LIMIT 1", Token);
        await database.DataSource.ExecuteAsync("SELECT compress_chunk($1::text::regclass)", Token, chunk);
    }

    // A worker may be at it.
    private static async Task<bool> RefreshAsync(TestTimescale database, string rollup)
    {
        try
        {
            await database.DataSource.ExecuteAsync($"CALL refresh_continuous_aggregate('{rollup}', now() - interval '20 days', now() - interval '2 days')", Token);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
    }
}
