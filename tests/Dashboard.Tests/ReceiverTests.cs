using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace LaunchStack.Dashboard.Tests;

public sealed class ReceiverTests(DashboardProcess dashboard) : IClassFixture<DashboardProcess>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_span_sent_as_json_is_read_back_with_its_resource()
    {
        var trace = Guid.NewGuid().ToString("N");
        var sent = await SendAsync("/v1/traces", Encoding.UTF8.GetBytes(
            $$$"""
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
              "scopeSpans":[{"scope":{"name":"test"},"spans":[{"traceId":"{{{trace}}}","spanId":"00f067aa0ba902b7","name":"GET /cart","kind":2,
                "startTimeUnixNano":"1790000000000000000","endTimeUnixNano":1790000000250000000,"unknownField":true}]}]}]}
            """));
        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);

        var read = await dashboard.ReadAsync($"/api/telemetry/traces/{trace}");

        Assert.Contains("GET /cart", read.ToJsonString());
        Assert.Contains("shop", (await dashboard.ReadAsync("/api/telemetry/resources")).ToJsonString());
    }

    [Fact]
    public async Task A_log_leads_to_its_trace()
    {
        var trace = Guid.NewGuid().ToString("N");
        var sent = await SendAsync("/v1/logs", Encoding.UTF8.GetBytes(
            $$$"""
            {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
              "scopeLogs":[{"logRecords":[{"timeUnixNano":"1790000000000000000","severityNumber":17,"traceId":"{{{trace}}}",
                "body":{"stringValue":"cart is lost"}}]}]}]}
            """));
        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);

        var logs = (await dashboard.ReadAsync($"/api/telemetry/logs?traceId={trace}")).ToJsonString();

        Assert.Contains("cart is lost", logs);
        Assert.Contains(trace, logs);
    }

    [Theory]
    [InlineData("/v1/traces", "{\"resourceSpans\":", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("/v1/traces", "\u0007garbage", "application/x-protobuf", HttpStatusCode.BadRequest)]
    [InlineData("/v1/logs", "hello", "text/plain", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("/v1/metrics", "[1e400]", "application/json", HttpStatusCode.BadRequest)]
    public async Task What_is_malformed_gets_the_specifications_answer(string path, string body, string type, HttpStatusCode expected)
    {
        Assert.Equal(expected, (await SendAsync(path, Encoding.UTF8.GetBytes(body), type)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await dashboard.Pages.GetAsync("/health", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task A_sender_without_the_key_is_refused()
    {
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.Unauthorized, (await dashboard.Otlp.PostAsync("/v1/traces", content, Cancelled)).StatusCode);
    }

    [Fact]
    public async Task Pages_open_with_the_token_only()
    {
        Assert.Equal("/login", (await dashboard.Pages.GetAsync("/", Cancelled)).Headers.Location?.OriginalString);
        Assert.Equal(HttpStatusCode.Unauthorized, (await dashboard.Pages.GetAsync("/api/telemetry/traces", Cancelled)).StatusCode);
        var wrong = await dashboard.Pages.GetAsync("/login?t=wrong", Cancelled);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));

        var login = await dashboard.Pages.GetAsync($"/login?t={DashboardProcess.Token}", Cancelled);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/traces");
        request.Headers.Add("Cookie", login.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        var page = await dashboard.Pages.SendAsync(request, Cancelled);

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("_framework/blazor", await page.Content.ReadAsStringAsync(Cancelled));
    }

    private async Task<HttpResponseMessage> SendAsync(string path, byte[] body, string type = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.Add("x-otlp-api-key", DashboardProcess.OtlpKey);
        return await dashboard.Otlp.SendAsync(request, Cancelled);
    }
}
