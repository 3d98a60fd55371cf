using System.Buffers.Binary;
using System.Net;
using System.Text;
using Snappier;
using static LaunchStack.Ingest.Api.Tests.Protocols.RemoteWriteBodies;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>The same values in the words of each protocol.</summary>
internal sealed record ProtocolRequest(string Path, string Type, byte[] Body, string? Encoding = null)
{
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    /// <summary>Bytes of memory of a container; remote write is not compressed yet.</summary>
    public static ProtocolRequest Memory(string protocol, string name, long value, DateTimeOffset time)
    {
        var (seconds, milliseconds) = (time.ToUnixTimeSeconds(), time.ToUnixTimeMilliseconds());
        ((string, string)[], (double, long)[]) series = (Labels("container_memory_working_set_bytes", ("name", name)), [(value, milliseconds)]);
        return protocol switch
        {
            "influx" => new("/write?precision=s", "text/plain", Lines()),
            "influx-2" => new("/api/v2/write?precision=s", "text/plain", Lines()),
            "remote-write-1" => new("/api/v1/write", Protobuf, Version1(series)),
            "remote-write-2" => new("/api/v1/write", Protobuf + ";proto=io.prometheus.write.v2.Request", Version2(series)),
            "otlp" => new("/v1/metrics", Protobuf, OtlpBodies.Request([("container.name", name)], OtlpBodies.Gauge("container.memory.usage", (value, milliseconds * 1_000_000, [])))),
            "otlp-json" => new("/v1/metrics", Json, Utf8(
                $$$"""
                {"resourceMetrics":[{"resource":{"attributes":[{"key":"container.name","value":{"stringValue":"{{{name}}}"}}]},"scopeMetrics":
                [{"metrics":[{"name":"container.memory.usage","gauge":{"dataPoints":[{"timeUnixNano":"{{{milliseconds}}}000000","asInt":"{{{value}}}"}]}}]}]}]}
                """)),
            "collectd" => new("/collectd", Json, Utf8(
                $$"""
                [{"values":[{{value}}],"dstypes":["gauge"],"dsnames":["value"],"time":{{seconds}},"interval":10,"host":"{{name}}","plugin":"memory",
                  "plugin_instance":"","type":"memory","type_instance":"used"}]
                """)),
            _ => throw new ArgumentOutOfRangeException(nameof(protocol), protocol, null),
        };

        byte[] Lines() => Utf8($"docker_container_mem,container_name={name} usage={value}i {seconds}\n");
    }

    /// <summary>As its clients send it: remote write in snappy.</summary>
    public ProtocolRequest Compressed() =>
        Path == "/api/v1/write" && Encoding is null ? this with { Body = Snappy.CompressToArray(Body), Encoding = "snappy" } : this;

    /// <summary>A message of OTLP in gRPC's frame.</summary>
    public static HttpRequestMessage Grpc(Uri address, byte[] message, string? encoding = null)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = encoding is null ? (byte)0 : (byte)1;
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

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
