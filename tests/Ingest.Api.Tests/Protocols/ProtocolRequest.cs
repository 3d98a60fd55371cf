using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Google.Protobuf;
using Snappier;
using static LaunchStack.Ingest.Api.Tests.Protocols.RemoteWriteBodies;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>The same values in the words of each protocol.</summary>
internal sealed record ProtocolRequest(string Path, string Type, byte[] Body, string? Encoding = null)
{
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    /// <summary>Every protocol and encoding over HTTP.</summary>
    public static IReadOnlyList<string> Protocols { get; } =
        ["influx", "influx-2", "remote-write-1", "remote-write-2", "otlp", "otlp-json", "collectd"];

    public static ProtocolRequest Of(string protocol, params Sent[] values) => protocol switch
    {
        "influx" => new("/write?precision=ms", "text/plain", Utf8(string.Concat(values.Select(Line)))),
        "influx-2" => new("/api/v2/write?precision=ms", "text/plain", Utf8(string.Concat(values.Select(Line)))),
        "remote-write-1" => new("/api/v1/write", Protobuf, Version1([.. values.Select(Series)])),
        "remote-write-2" => new("/api/v1/write", Protobuf + ";proto=io.prometheus.write.v2.Request", Version2([.. values.Select(Series)])),
        // Two messages one behind the other are one with the lists of both.
        "otlp" => new("/v1/metrics", Protobuf, [.. values.SelectMany(OtlpProtobuf)]),
        "otlp-json" => new("/v1/metrics", Json, Utf8($"{{\"resourceMetrics\":[{string.Join(',', values.Select(OtlpJson))}]}}")),
        "collectd" => new("/collectd", Json, Utf8($"[{string.Join(',', values.Select(ValueList))}]")),
        _ => throw new ArgumentOutOfRangeException(nameof(protocol), protocol, null),
    };

    /// <summary>As its clients send it: remote write in snappy.</summary>
    public ProtocolRequest Compressed() =>
        Path == "/api/v1/write" && Encoding is null ? this with { Body = Snappy.CompressToArray(Body), Encoding = "snappy" } : this;

    public HttpRequestMessage ToMessage()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new ByteArrayContent(Body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", Type);
        if (Encoding is not null)
            request.Content.Headers.TryAddWithoutValidation("Content-Encoding", Encoding);
        return request;
    }

    /// <summary>A message of OTLP in gRPC's frame.</summary>
    public static HttpRequestMessage Grpc(Uri address, byte[] message, string? encoding = null, byte? flag = null)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = flag ?? (encoding is null ? (byte)0 : (byte)1);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(address, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frame),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/grpc");
        if (encoding is not null)
            request.Headers.Add("grpc-encoding", encoding);
        return request;
    }

    private static string Line(Sent sent)
    {
        var tags = string.Concat(sent.Labels.Select(label => $",{label.Name}={label.Value}"));
        var time = sent.Time.ToUnixTimeMilliseconds();
        return FormattableString.Invariant(sent.Measure switch
        {
            SentMeasure.Memory => (FormattableString)$"docker_container_mem,container_name={sent.Name}{tags} usage={sent.Value} {time}\n",
            SentMeasure.Received => $"docker_container_net,container_name={sent.Name}{tags},network={sent.Device} rx_bytes={sent.Value} {time}\n",
            _ => $"cgroup,path=/docker/{sent.Name}{tags} cpuacct.usage={sent.Value * 1e9} {time}\n",
        });
    }

    private static RemoteWriteSeries Series(Sent sent) => new(
        sent.Measure switch
        {
            SentMeasure.Memory => Labels("container_memory_working_set_bytes", [.. sent.Labels, ("name", sent.Name)]),
            SentMeasure.Received => Labels("container_network_receive_bytes_total", [("interface", sent.Device), .. sent.Labels, ("name", sent.Name)]),
            _ => Labels("container_cpu_usage_seconds_total", [("cpu", "total"), .. sent.Labels, ("name", sent.Name)]),
        },
        sent.Ends ? BitConverter.Int64BitsToDouble(StaleMarker) : sent.Value, sent.Time.ToUnixTimeMilliseconds(), sent.Start?.ToUnixTimeMilliseconds() ?? 0);

    private static byte[] OtlpProtobuf(Sent sent)
    {
        var point = new OtlpPoint(sent.Value, Nanoseconds(sent.Time), Attributes(sent), Start: Nanoseconds(sent.Start), Flags: sent.Ends ? 1u : 0);
        return OtlpBodies.Request(
            [("container.name", sent.Name), .. sent.Labels],
            sent.Measure == SentMeasure.Memory ? OtlpBodies.Gauge(Metric(sent), point) : OtlpBodies.Sum(Metric(sent), sent.IsDelta ? 1 : 2, point));
    }

    private static string OtlpJson(Sent sent)
    {
        static string Attribute((string Name, string Value) attribute) =>
            $$$"""{"key":"{{{attribute.Name}}}","value":{"stringValue":"{{{attribute.Value}}}"}}""";
        var value = sent.Ends ? "\"flags\":1" : string.Create(CultureInfo.InvariantCulture, $"\"asDouble\":{sent.Value}");
        var points =
            $$"""[{"timeUnixNano":"{{Nanoseconds(sent.Time)}}","startTimeUnixNano":"{{Nanoseconds(sent.Start)}}",{{value}},"attributes":[{{string.Join(',', Attributes(sent).Select(Attribute))}}]}]""";
        var (data, temporality) = sent.Measure == SentMeasure.Memory ? ("gauge", 0) : ("sum", sent.IsDelta ? 1 : 2);
        (string, string)[] resource = [("container.name", sent.Name), .. sent.Labels];
        return $$$"""
            {"resource":{"attributes":[{{{string.Join(',', resource.Select(Attribute))}}}]},
             "scopeMetrics":[{"scope":{"name":"test"},"metrics":[{"name":"{{{Metric(sent)}}}","{{{data}}}":
              {"aggregationTemporality":{{{temporality}}},"isMonotonic":true,"dataPoints":{{{points}}}}}]}]}
            """;
    }

    private static string Metric(Sent sent) => sent.Measure switch
    {
        SentMeasure.Memory => "container.memory.usage",
        SentMeasure.Received => "container.network.io",
        _ => "container.cpu.time",
    };

    private static (string, string)[] Attributes(Sent sent) =>
        sent.Measure == SentMeasure.Received ? [("network.io.direction", "receive"), ("network.interface.name", sent.Device)] : [];

    private static long Nanoseconds(DateTimeOffset? time) => (time?.ToUnixTimeMilliseconds() ?? 0) * 1_000_000;

    private static string ValueList(Sent sent)
    {
        var (plugin, instance, type, typeInstance, source, scale) = sent.Measure switch
        {
            SentMeasure.Memory => ("memory", "", "memory", "used", "value", 1),
            SentMeasure.Received => ("interface", sent.Device, "if_octets", "", "rx", 1),
            _ => ("cpu", "0", "cpu", "user", "value", 100),
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            {"values":[{{sent.Value * scale}}],"dstypes":["derive"],"dsnames":["{{source}}"],"time":{{sent.Time.ToUnixTimeMilliseconds() / 1000m}},"interval":10,
             "host":"{{sent.Name}}","plugin":"{{plugin}}","plugin_instance":"{{instance}}","type":"{{type}}","type_instance":"{{typeInstance}}"}
            """);
    }

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
