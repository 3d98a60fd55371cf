using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LaunchStack.Dashboard.Tests;

public sealed class ReceiverTests(DashboardProcess dashboard)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_span_sent_as_json_is_read_back_with_its_resource()
    {
        var trace = Guid.NewGuid().ToString("N");
        var sent = await dashboard.SendAsync("/v1/traces", Encoding.UTF8.GetBytes(
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
        var sent = await dashboard.SendAsync("/v1/logs", Encoding.UTF8.GetBytes(
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

    [Fact]
    public async Task A_sender_without_the_key_is_refused()
    {
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.Unauthorized, (await dashboard.Otlp.PostAsync("/v1/traces", content, Cancelled)).StatusCode);
    }

    [Fact]
    public async Task A_bad_span_is_left_out_and_counted_and_the_good_one_is_kept()
    {
        var trace = Guid.NewGuid().ToString("N");
        using var answer = await dashboard.SendAsync("/v1/traces", Encoding.UTF8.GetBytes(
            $$"""
            {"resourceSpans":[{"scopeSpans":[{"spans":[
              {"traceId":"{{trace}}","spanId":"00f067aa0ba902b7","name":"good","startTimeUnixNano":"1","endTimeUnixNano":"2"},
              {"traceId":"xyz","spanId":"00f067aa0ba902b8","name":"bad","startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}
            """));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var partial = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancelled))!["partialSuccess"]!;
        Assert.Equal("1", (string)partial["rejectedSpans"]!);
        Assert.Contains("trace_id", (string)partial["errorMessage"]!);
        var kept = (await dashboard.ReadAsync($"/api/telemetry/traces/{trace}")).ToJsonString();
        Assert.Contains("\"good\"", kept);
        Assert.DoesNotContain("\"bad\"", kept);
    }

    [Fact]
    public async Task Followers_get_new_spans_as_they_come()
    {
        var service = $"follow-{Guid.NewGuid():N}";
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/telemetry/spans?follow=true&resource={service}");
        request.Headers.Add("x-api-key", DashboardProcess.Token);
        using var stream = await dashboard.Pages.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        using var lines = new StreamReader(await stream.Content.ReadAsStreamAsync(Cancelled));

        foreach (var name in new[] { "first", "second" })
        {
            await dashboard.SendAsync("/v1/traces", Encoding.UTF8.GetBytes(
                $$$"""
                {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"{{{service}}}"}}]},"scopeSpans":[{"spans":[
                  {"traceId":"{{{Guid.NewGuid():N}}}","spanId":"00f067aa0ba902b7","name":"{{{name}}}","startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}
                """));
            var line = (await lines.ReadLineAsync(Cancelled))!;
            Assert.Contains($"\"{name}\"", line);
            Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind);
        }
    }

    [Theory]
    [InlineData("traceId=12", "traceId")]
    [InlineData("from=yesterday", "from")]
    [InlineData("limit=0", "limit")]
    public async Task A_wrong_parameter_is_named(string query, string name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/telemetry/logs?{query}");
        request.Headers.Add("x-api-key", DashboardProcess.Token);
        using var answer = await dashboard.Pages.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(name, await answer.Content.ReadAsStringAsync(Cancelled));
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
}
