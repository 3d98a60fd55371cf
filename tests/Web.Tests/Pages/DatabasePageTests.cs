using System.Net;
using LaunchStack.Web.Tests.Support;

namespace LaunchStack.Web.Tests.Pages;

public sealed class DatabasePageTests : IDisposable
{
    private const string Id = "5b0c0000-0000-0000-0000-000000000001";

    private const string Backups =
        $$"""
        {"configured":true,"next":"2026-11-27T03:00:00Z","running":null,"failure":null,"backups":[
          {"id":"5b0c0000-0000-0000-0000-000000000002","name":"20261126T030000Z-bad","state":"failed","method":"pg_dump","trigger":"schedule","started_at":"2026-11-26T03:00:00Z","finished_at":"2026-11-26T03:00:01Z","bytes":0,"encrypted":false,"samples":null,"error":"pg_dump 17 is needed"},
          {"id":"{{Id}}","name":"20261125T030000Z-good","state":"completed","method":"pg_dump","trigger":"schedule","started_at":"2026-11-25T03:00:00Z","finished_at":"2026-11-25T03:02:05Z","bytes":1048576,"encrypted":true,"samples":123456,"error":null}]}
        """;

    private readonly WebServer _web = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _web.Dispose();

    [Fact]
    public async Task Backups_drills_and_advice_stand_with_their_figures()
    {
        Answer(
            Backups,
            $$"""[{"id":"{{Id}}","backup_id":"{{Id}}","started_at":"2026-11-25T03:02:05Z","finished_at":"2026-11-25T03:03:45Z","outcome":"failed","findings":[{"relation":"resource_usage","detail":"has 0 rows, should have 1440","from":"2026-11-20T00:00:00Z","to":"2026-11-21T00:00:00Z"}],"restore_seconds":75,"proof_seconds":25,"restored_bytes":1,"windows":3,"buckets":4}]""",
            """{"measured":{},"proposals":[{"setting":"Lifecycle:ChunkInterval","today":"24 h","proposed":"12 h","changes":true,"reason":"100 rows a second","configuration":"Lifecycle__ChunkInterval=12:00:00","sql":"SELECT set_chunk_time_interval(1)"}]}""");

        var page = await PageAsync();

        Assert.All(
            [
                "20261126T030000Z-bad", ">failed<", "pg_dump 17 is needed", "20261125T030000Z-good", ">completed<", "1 MiB", "123\u202f456", "2 min", "pg_dump, by schedule, encrypted",
                "2026-11-27 03:00", "<b>resource_usage</b> from", "has 0 rows, should have 1440", "1 min", "25 s", "12 h", "100 rows a second", "Lifecycle__ChunkInterval=12:00:00",
                "SELECT set_chunk_time_interval(1);",
            ],
            part => Assert.Contains(part, page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_not_there_yet_comes_with_the_command_that_makes_it()
    {
        Answer("""{"configured":false,"next":null,"running":null,"failure":null,"backups":[]}""", "[]", """{"detail":"There are too few samples."}""", HttpStatusCode.ServiceUnavailable);
        var none = await PageAsync();
        Assert.Contains("<code>Backups__Directory=/mnt/backups</code>", none, StringComparison.Ordinal);
        Assert.Contains("There are too few samples.", none, StringComparison.Ordinal);
        Assert.Contains("<code>ANALYZE resource_usage;</code>", none, StringComparison.Ordinal);

        Answer("""{"configured":true,"next":null,"running":null,"failure":"The directory is read-only.","backups":[]}""", "[]", """{"measured":{},"proposals":[]}""");
        var empty = await PageAsync();
        Assert.Contains("<code>aspire resource operations back-up</code>", empty, StringComparison.Ordinal);
        Assert.Contains("The directory is read-only.", empty, StringComparison.Ordinal);

        Answer(Backups, "[]", """{"measured":{},"proposals":[]}""");
        Assert.Contains($"http://localhost:5083/v1/backups/{Id}/drill</code>", await PageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_being_done_is_told()
    {
        Answer(
            $$"""{"configured":true,"next":null,"running":{"backup_id":"{{Id}}","doing":"drill","step":"windows","started_at":"2026-11-26T03:00:00Z"},"failure":null,"backups":[]}""",
            "[]", """{"measured":{},"proposals":[]}""");
        Assert.Contains($"Now: drill of {Id}, windows, begun", await PageAsync(), StringComparison.Ordinal);
    }

    private void Answer(string backups, string drills, string advice, HttpStatusCode adviceStatus = HttpStatusCode.OK) => _web.Stubs
        .Answer("/v1/database", """{"alarms":[],"database":{"read_at":"2026-11-26T12:00:00Z","relations":[],"jobs":[],"rollups":[],"unread":[]}}""")
        .Answer("/v1/backups", backups).Answer("/v1/backups/drills", drills).Answer("/v1/database/advice", advice, adviceStatus);

    private async Task<string> PageAsync()
    {
        using var browser = await _web.SignedInAsync();
        return WebUtility.HtmlDecode(await browser.GetStringAsync("/database", Cancelled));
    }
}
