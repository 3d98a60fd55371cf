using System.ComponentModel;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using LaunchStack.Operations.Backups;
using LaunchStack.Operations.Backups.Figures;
using LaunchStack.Operations.Backups.Methods;
using LaunchStack.Operations.Tests.Support;
using LaunchStack.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Operations.Tests.Backups;

/// <summary>Whatever goes wrong with a backup is recorded, and the service goes on.</summary>
[Collection(nameof(BackedUpDatabase))]
public sealed class FailedBackupTests(BackedUpDatabase fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backup_that_fails_is_recorded_with_its_cause_and_the_next_is_made()
    {
        Exception[] causes =
        [
            new HttpRequestException("refused"), new SocketException((int)SocketError.ConnectionReset), new IOException("no space left"), new UnauthorizedAccessException("not yours"),
            new Win32Exception(2, "no such program"), new TaskCanceledException("a client's own limit"), new InvalidOperationException("a fault in the code"),
        ];
        using var directory = new TemporaryDirectory("failed-backups");
        var method = new FailingMethod(fixture.App.Database.Gateway is null ? DumpMethod.MethodName : SnapshotMethod.MethodName);
        await using var app = OperationsApp.Start(
            fixture.App.Database,
            services =>
            {
                foreach (var real in services.Where(service => service.ServiceType == typeof(IBackupMethod)).ToList())
                    services.Remove(real);
                services.AddSingleton<IBackupMethod>(method);
            },
            ("Backups:Directory", directory.Path), ("Backups:Schedule", ""), ("Monitoring:Interval", "00:00:30"));

        foreach (var cause in causes)
        {
            method.Cause = cause;
            var backup = await MakeAsync(app);
            Assert.Equal(("failed", cause.Message), (backup.GetProperty("state").GetString(), backup.GetProperty("error").GetString()));
        }
        Assert.Equal(causes.Length, (await ListAsync(app)).GetProperty("backups").GetArrayLength());
    }

    [Fact]
    public async Task A_database_that_does_not_answer_makes_a_failed_backup()
    {
        using var directory = new TemporaryDirectory("failed-backups");
        await using var app = OperationsApp.Start(null, null, ("Backups:Directory", directory.Path), ("Backups:Schedule", ""), ("Monitoring:Interval", "00:00:30"));
        var backup = await MakeAsync(app);
        Assert.Equal("failed", backup.GetProperty("state").GetString());
        Assert.Contains("127.0.0.1:9", backup.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:9", app.Services.GetRequiredService<BackupStore>().State()!.LastError, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("/alive", Token)).StatusCode);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_written_to_is_told_by_the_list_and_the_alarm()
    {
        using var directory = new TemporaryDirectory("failed-backups");
        var file = Path.Combine(directory.Path, "a-file");
        await File.WriteAllTextAsync(file, "", Token);
        await using var app = OperationsApp.Start(fixture.App.Database, null, ("Backups:Directory", file), ("Backups:Schedule", ""), ("Monitoring:Interval", "00:00:30"));
        var list = await RequestAsync(app, list => list.GetProperty("failure").ValueKind != JsonValueKind.Null);
        Assert.Contains(file, list.GetProperty("failure").GetString(), StringComparison.Ordinal);
        Assert.Contains(file, app.Services.GetRequiredService<BackupStore>().State()!.LastError, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> MakeAsync(OperationsApp app)
    {
        var before = (await ListAsync(app)).GetProperty("backups").GetArrayLength();
        return (await RequestAsync(app, list => list.GetProperty("backups").GetArrayLength() > before)).GetProperty("backups")[0];
    }

    private static async Task<JsonElement> RequestAsync(OperationsApp app, Func<JsonElement, bool> isDone)
    {
        await Wait.UntilAsync(async () => (await app.Client.PostAsync("/v1/backups", null, Token)).IsSuccessStatusCode, "the backup is taken");
        JsonElement list = default;
        await Wait.UntilAsync(
            async () => (list = await ListAsync(app)).GetProperty("running").ValueKind == JsonValueKind.Null && isDone(list), "the backup has failed", TimeSpan.FromMinutes(1));
        return list;
    }

    private static async Task<JsonElement> ListAsync(OperationsApp app) => await app.Client.GetFromJsonAsync<JsonElement>("/v1/backups", Token);

    private sealed class FailingMethod(string name) : IBackupMethod
    {
        public Exception? Cause { get; set; }

        public string Name => name;

        public string FileName => "nothing";

        public Task<DatabaseFigures> CopyAsync(BackupSource source, Stream target, Action<string> progress, CancellationToken cancellationToken) =>
            Task.FromException<DatabaseFigures>(Cause!);

        public Task<RestoredDatabase> RestoreToScratchAsync(BackupSource source, BackupManifest manifest, Stream copy, CancellationToken cancellationToken) =>
            Task.FromException<RestoredDatabase>(Cause!);
    }
}
