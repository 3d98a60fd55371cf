using System.Net;
using LaunchStack.Web.Tests.Support;

namespace LaunchStack.Web.Tests.Pages;

public sealed class RulePageTests : IDisposable
{
    private const string Id = "5b0c0000-0000-4000-8000-000000000001";
    private const string Page = $"/alerts/rules/{Id}";

    private const string Rule =
        $$"""
        {"id":"{{Id}}","version":3,"name":"Busy","measure":"cpu_percentage","aggregate":"maximum","span_seconds":60,"above":90.5,"for_seconds":600,"below":80,
         "clear_for_seconds":0,"severity":"warning","scope":"all","enabled":true,"muted_until":"2099-01-01T00:00:00Z"}
        """;

    private readonly WebServer _web = new();

    public RulePageTests() => _web.Stubs.Answer($"/v1/alert-rules/{Id}", Rule).Answer("POST /v1/alert-rules", Rule).Answer(
        "/v1/alert-rules/preview",
        $$"""{"summary":"would have fired 7 times","from":"2026-10-27T12:00:00Z","to":"2026-11-26T12:00:00Z","fired":7,"instances":2,"samples":5184,"complete":false,"most":[{"instance_id":"{{Id}}","fired":7,"total_seconds":11520}]}""")
        .Answer($"/v1/instances/{Id}", $$"""{"instance_id":"{{Id}}","name":"n8n-production"}""");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _web.Dispose();

    [Fact]
    public async Task A_new_rule_is_what_the_form_says_and_opens_its_page()
    {
        using var browser = await _web.SignedInAsync();

        using var made = await WebServer.PostAsync(browser, "/alerts/rules/new", "rule",
            [
                new("act", "save"), new("Form.Name", "Disk"), new("Form.Measure", "disk_usage"), new("Form.Aggregate", "average"), new("Form.SpanSeconds", ""),
                new("Form.Above", "1073741824.5"), new("Form.ForSeconds", "60"), new("Form.Below", ""), new("Form.ClearForSeconds", ""),
                new("Form.Severity", "critical"), new("Form.Scope", "user"), new("Form.ScopeId", Id), new("Form.Enabled", "true"),
            ]);

        Assert.Equal(Page, made.Headers.Location!.OriginalString);
        Assert.Contains(
            $$"""POST /v1/alert-rules {"name":"Disk","measure":"disk_usage","aggregate":"average","above":1073741824.5,"for_seconds":60,"severity":"critical","scope":"user","user_id":"{{Id}}","enabled":true}""",
            Sent(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_silence_neither_a_value_nor_a_span_is_sent_whatever_the_form_holds()
    {
        using var browser = await _web.SignedInAsync();

        using var made = await WebServer.PostAsync(browser, "/alerts/rules/new", "rule",
            [
                new("act", "save"), new("Form.Name", "Gone"), new("Form.Measure", "silence"), new("Form.Aggregate", "average"), new("Form.SpanSeconds", "60"),
                new("Form.Above", "300"), new("Form.Severity", "warning"), new("Form.Scope", "all"),
            ]);

        Assert.Contains(
            """{"name":"Gone","measure":"silence","above":300,"severity":"warning","scope":"all","enabled":false}""", Sent(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preview_says_what_it_would_have_done_where_and_changes_nothing()
    {
        using var browser = await _web.SignedInAsync();

        using var tried = await WebServer.PostAsync(browser, Page, "rule", Changed("preview"));

        var page = WebUtility.HtmlDecode(await tried.Content.ReadAsStringAsync(Cancelled));
        Assert.Contains("It would have fired 7 times, as far as time allowed", page, StringComparison.Ordinal);
        Assert.Contains("n8n-production", page, StringComparison.Ordinal);
        Assert.Contains("3 h 12 min", page, StringComparison.Ordinal);
        Assert.Contains("value=\"95\"", page, StringComparison.Ordinal);
        Assert.Contains("POST /v1/alert-rules/preview {\"rule\":{\"name\":\"Busier\"", Sent(), StringComparison.Ordinal);
        Assert.DoesNotContain("PUT ", Sent(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_is_a_new_version_that_stays_muted_and_the_rule_can_be_muted_and_ended()
    {
        using var browser = await _web.SignedInAsync();

        using var changed = await WebServer.PostAsync(browser, Page, "rule", Changed("save"));
        using var told = await WebServer.PostAsync(browser, Page, "unmute", []);
        using var ended = await WebServer.PostAsync(browser, Page, "end", []);

        Assert.Equal([Page, Page, "/alerts?view=rules"], new[] { changed, told, ended }.Select(answer => answer.Headers.Location!.OriginalString));
        Assert.Contains($"PUT /v1/alert-rules/{Id} {{\"name\":\"Busier\"", Sent(), StringComparison.Ordinal);
        Assert.Contains("\"above\":95,\"for_seconds\":600,\"below\":80,", Sent(), StringComparison.Ordinal);
        Assert.Contains("\"muted_until\":\"2099-01-01T00:00:00+00:00\"", Sent(), StringComparison.Ordinal);
        Assert.Contains($"PUT /v1/alert-rules/{Id}/mute {{\"until\":null}}", Sent(), StringComparison.Ordinal);
        Assert.Contains($"DELETE /v1/alert-rules/{Id} ", Sent(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_aggregator_refuses_is_said_and_the_form_keeps_what_was_typed()
    {
        using var browser = await _web.SignedInAsync();
        _web.Stubs.Answer($"PUT /v1/alert-rules/{Id}", """{"detail":"It would never be raised."}""", HttpStatusCode.BadRequest);

        using var refused = await WebServer.PostAsync(browser, Page, "rule", Changed("save"));
        using var noId = await WebServer.PostAsync(browser, Page, "rule", [.. Changed("save"), new("Form.Scope", "user"), new("Form.ScopeId", "nobody")]);

        var page = await refused.Content.ReadAsStringAsync(Cancelled);
        Assert.Contains("It would never be raised.", page, StringComparison.Ordinal);
        Assert.Contains("value=\"Busier\"", page, StringComparison.Ordinal);
        Assert.Contains("&#x27;nobody&#x27; is not the id", await noId.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_may_only_read_tries_rules_and_is_offered_nothing_else()
    {
        using var browser = await _web.SignedInAsync("\"read\"");

        var page = await browser.GetStringAsync(Page, Cancelled);
        using var tried = await WebServer.PostAsync(browser, Page, "rule", Changed("preview"));

        Assert.Contains("Preview the last 30 days", page, StringComparison.Ordinal);
        Assert.All(["value=\"save\"", "End the rule", "Tell again"], button => Assert.DoesNotContain(button, page, StringComparison.Ordinal));
        Assert.Contains("would have fired 7 times", await tried.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_without_the_token_of_the_page_is_refused()
    {
        using var browser = await _web.SignedInAsync();

        using var answer = await browser.PostAsync(Page, new FormUrlEncodedContent([.. Changed("save"), new("_handler", "rule")]), Cancelled);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.DoesNotContain("PUT ", Sent(), StringComparison.Ordinal);
    }

    private static KeyValuePair<string, string>[] Changed(string act) =>
    [
        new("act", act), new("Form.Name", "Busier"), new("Form.Measure", "cpu_percentage"), new("Form.Aggregate", "maximum"), new("Form.SpanSeconds", "60"),
        new("Form.Above", "95"), new("Form.ForSeconds", "600"), new("Form.Below", "80"), new("Form.Severity", "warning"), new("Form.Enabled", "true"),
    ];

    private string Sent() => string.Join('\n', _web.Stubs.Requests);
}
