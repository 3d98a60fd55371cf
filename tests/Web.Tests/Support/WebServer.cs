using System.Net;
using System.Text.RegularExpressions;
using LaunchStack.TestSupport;
using LaunchStack.Web.Charts;
using LaunchStack.Web.Clients;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;

namespace LaunchStack.Web.Tests.Support;

/// <summary>Web in the test's process, with stubs behind it.</summary>
public sealed partial class WebServer : WebApplicationFactory<UsageChart>
{
    public const string LoginToken = "the-token-of-this-start";
    private readonly TemporaryDirectory _state = new("web");

    public StubServices Stubs { get; } = new StubServices().Answer("/v1/key", """{"name":"admin","scopes":["ingest","read","admin"]}""");

    /// <summary>A browser: cookies, no redirects.</summary>
    public HttpClient Browser() => CreateClient(new() { AllowAutoRedirect = false });

    /// <summary>A browser that is signed in.</summary>
    public async Task<HttpClient> SignedInAsync(string scopes = "\"ingest\",\"read\",\"admin\"")
    {
        Stubs.Answer("/v1/key", $$"""{"name":"somebody","scopes":[{{scopes}}]}""");
        var browser = Browser();
        using var answer = await PostAsync(browser, "/login", "key", [new("key", "a-key-of-the-stub-00")]);
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        return browser;
    }

    /// <summary>Loads a page, fills in one of its forms and sends it.</summary>
    public static async Task<HttpResponseMessage> PostAsync(HttpClient browser, string page, string form, IEnumerable<KeyValuePair<string, string>> fields)
    {
        var html = await browser.GetStringAsync(page, TestContext.Current.CancellationToken);
        return await browser.PostAsync(
            page, new FormUrlEncodedContent([.. fields, new("__RequestVerificationToken", Token().Match(html).Groups[1].Value), new("_handler", form)]), TestContext.Current.CancellationToken);
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.UseSetting("Web:LoginToken", LoginToken);
        builder.UseSetting("Web:StateDirectory", _state.Path);
        builder.UseSetting("Web:AdminKey", "the-admin-key-of-the-test");
        builder.ConfigureTestServices(services =>
        {
            foreach (var client in new[] { nameof(AggregatorClient), nameof(IngestClient), nameof(OperationsClient) })
                services.Configure<HttpClientFactoryOptions>(client, options => options.HttpMessageHandlerBuilderActions.Add(handlers =>
                {
                    handlers.PrimaryHandler = Stubs;
                    handlers.AdditionalHandlers.Clear();
                }));
        });
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _state.Dispose();
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
