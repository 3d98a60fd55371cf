using System.Net;
using LaunchStack.Web.Tests.Support;

namespace LaunchStack.Web.Tests.Pages;

public sealed class MigrationPageTests : IDisposable
{
    private const string State =
        """
        {"run":{"source":"7/app","generation":2,"started_at":"2026-11-20T22:00:00Z","copied_at":"2026-11-20T23:10:00Z","windows":900,"done":880,"to_roll_up":4,
                "rows_per_second":41234.5,"seconds_left":375,"paused_jobs":2,"next":"catch-up"},
         "tables":[{"table":"users","source_rows":120,"moved_rows":118,"quarantined_rows":1}],
         "days":[{"day":"2026-10-02","windows":10,"done":2,"differing":1,"to_roll_up":0,"source_rows":137174,"moved_rows":20000,"quarantined_rows":7,"state":"differing"}],
         "quarantine":[{"table":"users","reason":"an e-mail address of another <user>","rows":1,"samples":[{"id":1,"email":"a@example.org","deleted":null}]}]}
        """;

    private readonly WebServer _web = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _web.Dispose();

    [Theory]
    [InlineData("/migration")]
    [InlineData("/migration.html")]
    public async Task Steps_windows_both_sides_and_quarantine_stand_with_their_figures(string path)
    {
        _web.Stubs.Answer("/v1/migration", State);
        using var browser = await _web.SignedInAsync();

        var page = WebUtility.HtmlDecode(await browser.GetStringAsync(path, Cancelled));

        Assert.All(
            [
                "plan <span class=\"state good\">done", "copy <span class=\"state good\">done", "catch-up <span class=\"state warn\">next", "verify <span class=\"state quiet\">later",
                "cutover <span class=\"state quiet\">later", "20 windows have changed, 4 are not rolled up yet, 2 policies are paused.", "<code>aspire resource catch-up start</code>",
                "It is refused until verify has passed.", "880 of 900 windows, 41\u202f234 rows a second, about 6 min left.",
                "<i class=\"differing\" title=\"2026-10-02: 137\u202f174 rows, 2 of 10 windows done, 7 in quarantine, 1 differ\">", "0 days done, 1 differing, 0 to do",
                "<th scope=\"row\">2026-10-02</th><td>differing</td>", ">differ</span>", "1 of users: an e-mail address of another <user>",
                "<th scope=\"col\">email</th>", "<td>a@example.org</td>", "<td>–</td>",
            ],
            part => Assert.Contains(part, page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_report_is_a_file_that_needs_nothing_beside_it_and_hides_nothing()
    {
        _web.Stubs.Answer("/v1/migration", State);
        using var browser = await _web.SignedInAsync();

        using var answer = await browser.GetAsync("/migration.html", Cancelled);

        var page = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition!.DispositionType);
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.Contains("@media print", page, StringComparison.Ordinal);
        Assert.Contains("another &lt;user&gt;", page, StringComparison.Ordinal);
        Assert.All(["<script", "<link", "src=", "url("], part => Assert.DoesNotContain(part, page, StringComparison.Ordinal));
        Assert.Equal(2, page.Split("<details open").Length - 1);
        Assert.DoesNotContain("<details>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_move_the_page_says_how_to_begin_and_there_is_no_report()
    {
        _web.Stubs.Answer("/v1/migration", """{"tables":[],"days":[],"quarantine":[]}""");
        using var browser = await _web.SignedInAsync();

        Assert.Contains("Migrator -c Release -- plan</code>", await browser.GetStringAsync("/migration", Cancelled), StringComparison.Ordinal);
        using var answer = await browser.GetAsync("/migration.html", Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Null(answer.Content.Headers.ContentDisposition);
    }
}
