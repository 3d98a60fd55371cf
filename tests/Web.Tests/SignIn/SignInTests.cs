using System.Net;
using LaunchStack.Web.Tests.Support;

namespace LaunchStack.Web.Tests.SignIn;

public sealed class SignInTests : IDisposable
{
    private readonly WebServer _web = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _web.Dispose();

    [Fact]
    public async Task Nobody_sees_a_page_without_signing_in_and_is_brought_back_afterwards()
    {
        using var browser = _web.Browser();

        using var refused = await browser.GetAsync("/instances/5b0c0000-0000-0000-0000-000000000001?range=7d", Cancelled);

        Assert.Equal(HttpStatusCode.Found, refused.StatusCode);
        Assert.Contains("/login?to=%2Finstances%2F5b0c0000", refused.Headers.Location!.OriginalString, StringComparison.Ordinal);
        using var signedIn = await WebServer.PostAsync(browser, refused.Headers.Location.PathAndQuery, "key", [new("key", " a-key-of-the-stub-00 ")]);
        Assert.Equal("/instances/5b0c0000-0000-0000-0000-000000000001?range=7d", signedIn.Headers.Location!.OriginalString);
        var cookie = signedIn.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("launchstack-web=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("a-key-of-the-stub", cookie, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("an-unknown-key-0000", "unknown, revoked or expired")]
    [InlineData("two words", "not a key")]
    public async Task A_key_that_is_none_is_told_so(string key, string reason)
    {
        using var browser = _web.Browser();

        using var answer = await WebServer.PostAsync(browser, "/login", "key", [new("key", key)]);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(reason, await answer.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_may_only_send_samples_is_told_which_scope_it_lacks()
    {
        _web.Stubs.Answer("/v1/key", """{"name":"agent","scopes":["ingest"]}""");
        using var browser = _web.Browser();

        using var answer = await WebServer.PostAsync(browser, "/login", "key", [new("key", "the-agents-own-key-0")]);

        Assert.Contains("need read or admin", await answer.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_link_of_the_console_signs_in_once_and_looking_at_it_does_not_use_it_up()
    {
        using var browser = _web.Browser();
        var link = $"/login?t={WebServer.LoginToken}";
        await browser.GetStringAsync(link, Cancelled);

        using var first = await WebServer.PostAsync(browser, link, "link", [new("token", WebServer.LoginToken)]);
        using var second = await WebServer.PostAsync(_web.Browser(), link, "link", [new("token", WebServer.LoginToken)]);

        Assert.Equal((HttpStatusCode.Found, "/"), (first.StatusCode, first.Headers.Location!.OriginalString));
        Assert.Equal(HttpStatusCode.BadRequest, second.StatusCode);
        Assert.Contains("has been used", await second.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_without_its_token_changes_nothing()
    {
        using var browser = await _web.SignedInAsync();

        using var forged = await browser.PostAsync("/logout", new FormUrlEncodedContent([]), Cancelled);

        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task A_key_that_was_revoked_since_is_signed_out_and_told()
    {
        using var browser = await _web.SignedInAsync();
        _web.Stubs.Answer("/v1/instances", "{}", HttpStatusCode.Unauthorized);

        using var answer = await browser.GetAsync("/?search=a", Cancelled);

        Assert.Equal("/login?expired=1&to=%2F%3Fsearch%3Da", answer.Headers.Location!.OriginalString);
        Assert.Contains("revoked", await browser.GetStringAsync(answer.Headers.Location, Cancelled), StringComparison.Ordinal);
        using var again = await browser.GetAsync("/", Cancelled);
        Assert.Equal(HttpStatusCode.Found, again.StatusCode);
    }
}
