using System.Net;
using LaunchStack.Web.Tests.Support;

namespace LaunchStack.Web.Tests.Pages;

public sealed class KeysPageTests : IDisposable
{
    private readonly WebServer _web = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _web.Dispose();

    [Fact]
    public async Task A_new_key_is_what_the_form_says_and_is_shown_once()
    {
        using var browser = await _web.SignedInAsync();
        using (var made = await PostAsync(browser, """{"key":"ls_the-new-key","details":{"id":"5b0c0000-0000-0000-0000-000000000001","name":"agents","scopes":["ingest","read"],"created_at":"2026-11-26T10:00:00Z"}}"""))
            Assert.Contains("ls_the-new-key", await made.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);

        Assert.Contains("""POST /v1/keys {"name":"agents","scopes":["ingest","read"],"registers_instances":false,"samples_per_second":50""", Sent(), StringComparison.Ordinal);
        Assert.DoesNotContain("ls_the-new-key", await browser.GetStringAsync("/keys", Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_ingest_refuses_is_said_and_the_form_keeps_what_was_typed()
    {
        using var browser = await _web.SignedInAsync();

        using var refused = await PostAsync(browser, """{"detail":"burst: means nothing without samples_per_second."}""", HttpStatusCode.BadRequest);

        var page = await refused.Content.ReadAsStringAsync(Cancelled);
        Assert.Contains("means nothing without", page, StringComparison.Ordinal);
        Assert.Contains("value=\"agents\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_may_only_read_has_no_such_page()
    {
        using var browser = await _web.SignedInAsync("\"read\"");

        using var answer = await browser.GetAsync("/keys", Cancelled);

        Assert.Equal("/denied?to=%2Fkeys", answer.Headers.Location!.PathAndQuery);
        using var denied = await browser.GetAsync(answer.Headers.Location, Cancelled);
        Assert.Equal(HttpStatusCode.Forbidden, denied.StatusCode);
        Assert.DoesNotContain("href=\"/keys\"", await browser.GetStringAsync("/", Cancelled), StringComparison.Ordinal);
    }

    private string Sent() => string.Join('\n', _web.Stubs.Requests);

    private async Task<HttpResponseMessage> PostAsync(HttpClient browser, string answer, HttpStatusCode status = HttpStatusCode.OK)
    {
        _web.Stubs.Answer("POST /v1/keys", answer, status);
        return await WebServer.PostAsync(browser, "/keys", "make",
            [new("Form.Name", "agents"), new("scopes", "ingest"), new("scopes", "read"), new("Form.SamplesPerSecond", "50"), new("Form.BoundTo", ""), new("Form.BoundId", "")]);
    }
}
