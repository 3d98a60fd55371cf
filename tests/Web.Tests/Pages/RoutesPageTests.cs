using System.Net;
using System.Text.RegularExpressions;
using LaunchStack.Web.Tests.Support;

namespace LaunchStack.Web.Tests.Pages;

public sealed partial class RoutesPageTests : IDisposable
{
    private const string Id = "5b0c0000-0000-4000-8000-000000000001";
    private const string Log = "5b0c0000-0000-4000-8000-000000000002";

    private readonly WebServer _web = new();

    public RoutesPageTests() => _web.Stubs.Answer(
        "/v1/notification-routes",
        $$"""
        [{"id":"{{Id}}","name":"on call","kind":"webhook","severities":["critical"],"user_id":"{{Log}}","target":"https://hooks.example.org/…","enabled":true},
         {"id":"{{Log}}","name":"log","kind":"log","severities":["info","warning","critical"],"enabled":true}]
        """);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _web.Dispose();

    [Fact]
    public async Task A_webhook_is_made_with_a_secret_that_is_shown_once()
    {
        using var browser = await _web.SignedInAsync();

        using var made = await PostAsync(browser, "route",
            [new("Form.Name", "chat"), new("Form.Kind", "webhook"), new("Form.Target", "https://example.org/hook"), new("severities", "warning"), new("severities", "critical"), new("Form.Enabled", "true")]);

        var secret = Secret().Match(await made.Content.ReadAsStringAsync(Cancelled)).Value;
        Assert.Equal(32, Convert.FromBase64String(WebUtility.HtmlDecode(secret)["whsec_".Length..]).Length);
        var sent = Regex.Unescape(Sent());
        Assert.Contains("""POST /v1/notification-routes {"name":"chat","kind":"webhook","severities":["warning","critical"],"url":"https://example.org/hook",""", sent, StringComparison.Ordinal);
        Assert.Contains($"\"secret\":\"{WebUtility.HtmlDecode(secret)}\",\"enabled\":true}}", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("whsec_", await browser.GetStringAsync("/alerts/routes", Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_route_has_addresses()
    {
        using var browser = await _web.SignedInAsync();

        using var made = await PostAsync(browser, "route",
            [new("Form.Name", "mail"), new("Form.Kind", "email"), new("Form.Target", "a@example.org, b@example.org"), new("severities", "info")]);

        Assert.Contains(
            """POST /v1/notification-routes {"name":"mail","kind":"email","severities":["info"],"to":["a@example.org","b@example.org"],"enabled":false}""",
            Sent(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_webhook_keeps_its_url_and_its_secret()
    {
        using var browser = await _web.SignedInAsync();
        var page = await browser.GetStringAsync($"/alerts/routes/{Id}", Cancelled);

        using var changed = await WebServer.PostAsync(browser, $"/alerts/routes/{Id}", "route",
            [new("Form.Name", "on call"), new("Form.Target", ""), new("Form.UserId", Log), new("severities", "critical")]);

        Assert.Contains("placeholder=\"https://hooks.example.org/…\"", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.Equal("/alerts/routes", changed.Headers.Location!.OriginalString);
        Assert.Contains(
            $$"""PUT /v1/notification-routes/{{Id}} {"name":"on call","kind":"webhook","severities":["critical"],"user_id":"{{Log}}","enabled":false}""",
            Sent(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"delivered":true}""", "&#x27;on call&#x27; took the test.")]
    [InlineData("""{"delivered":false,"error":"status 500"}""", "did not take the test: status 500")]
    public async Task A_test_says_how_it_ended(string answer, string said)
    {
        using var browser = await _web.SignedInAsync();
        _web.Stubs.Answer($"/v1/notification-routes/{Id}/test", answer);

        using var tested = await PostAsync(browser, $"test-{Id}", []);

        Assert.Contains(said, await tested.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_route_is_ended_and_the_log_is_offered_no_end()
    {
        using var browser = await _web.SignedInAsync();
        var page = await browser.GetStringAsync("/alerts/routes", Cancelled);

        using var ended = await PostAsync(browser, $"end-{Id}", []);
        using var log = await browser.GetAsync($"/alerts/routes/{Log}", Cancelled);

        Assert.Equal("/alerts/routes", ended.Headers.Location!.OriginalString);
        Assert.Contains($"DELETE /v1/notification-routes/{Id}", Sent(), StringComparison.Ordinal);
        Assert.DoesNotContain($"end-{Log}", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, log.StatusCode);
    }

    [Fact]
    public async Task What_the_aggregator_refuses_is_said()
    {
        using var browser = await _web.SignedInAsync();
        _web.Stubs.Answer("POST /v1/notification-routes", """{"detail":"There is no mail server."}""", HttpStatusCode.BadRequest);

        using var refused = await PostAsync(browser, "route", [new("Form.Name", "mail"), new("Form.Kind", "email"), new("Form.Target", "a@example.org")]);

        var page = await refused.Content.ReadAsStringAsync(Cancelled);
        Assert.Contains("There is no mail server.", page, StringComparison.Ordinal);
        Assert.Contains("value=\"a@example.org\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_may_only_read_has_no_such_page()
    {
        using var browser = await _web.SignedInAsync("\"read\"");

        using var answer = await browser.GetAsync("/alerts/routes", Cancelled);

        Assert.Equal("/denied?to=%2Falerts%2Froutes", answer.Headers.Location!.PathAndQuery);
        Assert.DoesNotContain("/alerts/routes", await browser.GetStringAsync("/alerts", Cancelled), StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient browser, string form, IEnumerable<KeyValuePair<string, string>> fields) =>
        WebServer.PostAsync(browser, "/alerts/routes", form, fields);

    private string Sent() => string.Join('\n', _web.Stubs.Requests);

    [GeneratedRegex("whsec_[^<]+")]
    private static partial Regex Secret();
}
