using System.Net;
using LaunchStack.Web.Tests.Support;

namespace LaunchStack.Web.Tests.Layout;

public sealed class ErrorTests : IDisposable
{
    private readonly WebServer _web = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _web.Dispose();

    [Fact]
    public async Task A_service_that_is_away_has_a_page_with_the_command_that_starts_it()
    {
        using var browser = await _web.SignedInAsync();
        _web.Stubs.IsAway = true;

        using var answer = await browser.GetAsync("/", Cancelled);

        var page = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("The service aggregator does not answer", page, StringComparison.Ordinal);
        Assert.Contains("aspire resource aggregator start", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, "The key may not read instance X.", HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.NotFound, "There is no instance X.", HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.ServiceUnavailable, "The database is away.", HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.InternalServerError, "Something broke.", HttpStatusCode.BadGateway)]
    public async Task What_a_service_says_is_passed_on(HttpStatusCode status, string detail, HttpStatusCode shown)
    {
        using var browser = await _web.SignedInAsync();
        _web.Stubs.Answer("/v1/instances", $$"""{"title":"x","detail":"{{detail}}"}""", status);

        using var answer = await browser.GetAsync("/", Cancelled);

        Assert.Equal(shown, answer.StatusCode);
        Assert.Contains(detail, await answer.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_without_a_page_says_so_and_a_range_that_cannot_be_read_is_refused_for_files()
    {
        using var browser = await _web.SignedInAsync();

        using var nowhere = await browser.GetAsync("/nowhere", Cancelled);
        using var file = await browser.GetAsync($"/instances/{Guid.NewGuid()}.csv?range=2h", Cancelled);

        Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
        Assert.Contains("There is nothing here", await nowhere.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, file.StatusCode);
        Assert.Contains("&#x27;2h&#x27;", await file.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_page_allows_anything_inline_or_of_another_host_or_is_kept_in_between()
    {
        using var browser = _web.Browser();

        using var answer = await browser.GetAsync("/login", Cancelled);

        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        var page = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.DoesNotContain("http://", page, StringComparison.Ordinal);
        Assert.DoesNotContain(" style=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
    }
}
