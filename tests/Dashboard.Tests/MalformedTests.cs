using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace LaunchStack.Dashboard.Tests;

/// <summary>Broken exports of every kind get the specification's answer, never a 500, and leave the dashboard running.</summary>
public sealed class MalformedTests(DashboardProcess dashboard)
{
    private const string Protobuf = "application/x-protobuf";
    private static readonly byte[] Valid = Request().ToByteArray();

    public static TheoryData<string, string> Json => new()
    {
        { "/v1/traces", "" },
        { "/v1/traces", "null" },
        { "/v1/traces", "[]" },
        { "/v1/traces", "{\"resourceSpans\":" },
        { "/v1/traces", "{\"resourceSpans\":{}}" },
        { "/v1/traces", "{\"resourceSpans\":[7]}" },
        { "/v1/traces", "{\"\\ud800\":1}" },
        { "/v1/traces", "{\"resourceSpans\":[{\"schemaUrl\":\"\\ud800\"}]}" },
        { "/v1/traces", "{\"resourceSpans\":" + new string('[', 1000) },
        { "/v1/traces", "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"startTimeUnixNano\":\"-1\"}]}]}]}" },
        { "/v1/traces", "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"kind\":\"SIDEWAYS\"}]}]}]}" },
        { "/v1/logs", "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"severityNumber\":1e99}]}]}]}" },
        { "/v1/metrics", "[1e400]" },
        { "/v1/metrics", "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"gauge\":{\"dataPoints\":[{\"asDouble\":\"much\"}]}}]}]}]}" },
    };

    [Theory]
    [MemberData(nameof(Json))]
    public async Task Broken_json_is_a_bad_request(string path, string body) =>
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(path, Encoding.UTF8.GetBytes(body), "application/json"));

    [Fact]
    public async Task Broken_bytes_are_bad_requests()
    {
        byte[] badText = [.. "{\"resourceSpans\":[{\"schemaUrl\":\""u8, 0xff, 0xfe, .. "\"}]}"u8];
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("/v1/traces", badText, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("/v1/traces", Valid[..^3], Protobuf));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("/v1/traces", [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff], Protobuf));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("/v1/traces", Request(depth: 500).ToByteArray(), Protobuf));
    }

    [Fact]
    public async Task Packing_is_checked_before_what_is_in_it()
    {
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/v1/traces", Packed(Valid), Protobuf, "gzip"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("/v1/traces", Valid, Protobuf, "gzip"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("/v1/traces", Packed(Valid)[..^12], Protobuf, "gzip"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await StatusAsync("/v1/traces", Valid, Protobuf, "br"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await StatusAsync("/v1/traces", Valid, "text/plain"));
        // 32 MiB of zeros in 32 KiB.
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await StatusAsync("/v1/traces", Packed(new byte[32 << 20]), Protobuf, "gzip"));
    }

    [Fact]
    public async Task Whatever_bytes_are_turned_the_answer_is_200_or_400()
    {
        var random = new Random(5);
        var json = Encoding.UTF8.GetBytes("""{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"fuzz"}}]},"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"x","kind":1,"startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}""");
        for (var i = 0; i < 300; i++)
        {
            var body = (byte[])(i % 2 == 0 ? Valid : json).Clone();
            for (var turns = random.Next(1, 4); turns > 0; turns--)
                body[random.Next(body.Length)] = (byte)random.Next(256);
            var status = await StatusAsync("/v1/traces", body, i % 2 == 0 ? Protobuf : "application/json");
            Assert.True(status is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{status} for {Convert.ToHexString(body)}");
        }

        Assert.Equal(HttpStatusCode.OK, (await dashboard.Pages.GetAsync("/health", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_broken_message_over_grpc_is_an_invalid_argument()
    {
        using var client = new HttpClient { BaseAddress = dashboard.OtlpGrpc };
        byte[] frame = [0, 0, 0, 0, 3, 0x0a, 0xff, 0x01];
        using var request = new HttpRequestMessage(HttpMethod.Post, "/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(frame),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new("trailers"));
        request.Headers.Add("x-otlp-api-key", DashboardProcess.OtlpKey);

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        var status = answer.Headers.TryGetValues("grpc-status", out var early) ? early : answer.TrailingHeaders.GetValues("grpc-status");
        Assert.Equal("3", status.Single());
    }

    private async Task<HttpStatusCode> StatusAsync(string path, byte[] body, string type, string? encoding = null)
    {
        using var answer = await dashboard.SendAsync(path, body, type, encoding);
        return answer.StatusCode;
    }

    private static byte[] Packed(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    private static ExportTraceServiceRequest Request(int depth = 0)
    {
        var value = new AnyValue { StringValue = "x" };
        for (var i = 0; i < depth; i++)
            value = new AnyValue { ArrayValue = new ArrayValue { Values = { value } } };
        var span = new Span
        {
            TraceId = ByteString.CopyFrom(Guid.NewGuid().ToByteArray()), SpanId = ByteString.CopyFrom(1, 2, 3, 4, 5, 6, 7, 8), Name = "x",
            StartTimeUnixNano = 1, EndTimeUnixNano = 2, Attributes = { new KeyValue { Key = "nested", Value = value } },
        };
        return new() { ResourceSpans = { new ResourceSpans { ScopeSpans = { new ScopeSpans { Spans = { span } } } } } };
    }
}
