using System.Text;
using CsCheck;
using LaunchStack.Ingest.Api.Protocols;
using LaunchStack.Ingest.Api.Protocols.Otlp;
using LaunchStack.ServiceDefaults.Problems;
using static LaunchStack.Ingest.Api.Tests.Protocols.OtlpBodies;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

public class OtlpTests
{
    private static readonly byte[] Protobuf = Request(
        [("container.name", "n8n")],
        Gauge("container.cpu.usage", new OtlpPoint(0.25, 5, [])),
        Sum("container.network.io", 1, new OtlpPoint(7, 6, [("network.io.direction", "receive")])),
        Sum("container.cpu.time", 2, new OtlpPoint(3, 6, [])),
        Histogram("latency"));

    private const string Json =
        """
        {"resourceMetrics":[{"resource":{"attributes":[{"key":"container.name","value":{"stringValue":"n8n"}}]},
         "scopeMetrics":[{"scope":{"name":"test"},"metrics":[
          {"name":"container.cpu.usage","unit":"{cpu}","gauge":{"dataPoints":[{"timeUnixNano":"5","asDouble":0.25}]}},
          {"name":"container.network.io","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[
            {"attributes":[{"key":"network.io.direction","value":{"stringValue":"receive"}}],"timeUnixNano":"6","asInt":"7"}]}},
          {"name":"container.cpu.time","sum":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":6,"asInt":3},
            {"timeUnixNano":7,"flags":1}]}},
          {"name":"latency","histogram":{"dataPoints":[{"count":"1"}]}}]}]}]}
        """;

    private static readonly string[] Expected =
    [
        "container.cpu.usage{container.name=\"n8n\"} 0.25 @5",
        "container.network.io{container.name=\"n8n\",network.io.direction=\"receive\"} delta 7 @6",
        "container.cpu.time{container.name=\"n8n\"} 3 @6",
    ];

    private const string Ended = "container.cpu.time ends @7";

    private static List<string> ReadProtobuf(byte[] body)
    {
        var batch = new RecordingBatch();
        new OtlpProtobufReader(body, batch).Read();
        return batch.Read;
    }

    private static List<string> ReadJson(string body)
    {
        var batch = new RecordingBatch();
        new OtlpJsonReader(batch).Read(Encoding.UTF8.GetBytes(body));
        return batch.Read;
    }

    [Fact]
    public void Protobuf_is_read() => Assert.Equal([.. Expected, "latency histogram 0 @0"], ReadProtobuf(Protobuf));

    [Fact]
    public void Json_is_read()
    {
        var points = ReadJson(Json);
        Assert.Equal([.. Expected, Ended], points[..4]);
        Assert.Contains("histogram", points[4], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"resourceMetrics\":3}")]
    [InlineData("{\"resourceMetrics\":[3]}")]
    [InlineData("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":3}]}]}]}")]
    [InlineData("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"a\",\"gauge\":{\"dataPoints\":[{\"asInt\":\"99999999999999999999\"}]}}]}]}]}")]
    [InlineData("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"a\",\"gauge\":{\"dataPoints\":[{\"asDouble\":\"x\"}]}}]}]}]}")]
    [InlineData("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"\\ud800\",\"gauge\":{\"dataPoints\":[{\"asDouble\":1}]}}]}]}]}")]
    public void Json_of_another_shape_is_refused(string body) =>
        Assert.Equal(400, Assert.Throws<RequestException>(() => ReadJson(body)).Status);

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"resourceMetrics\":null}")]
    [InlineData("{\"resourceMetrics\":[],\"added\":1}")]
    [InlineData("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"a\",\"gauge\":{}}]}]}]}")]
    public void Json_without_points_is_fine(string body) => Assert.Empty(ReadJson(body));

    [Fact]
    public void Deep_json_is_refused() =>
        Assert.Throws<RequestException>(() => ReadJson(new string('[', 100_000)));

    [Fact]
    public void Truncated_and_changed_bodies_are_read_or_refused() =>
        Gen.Select(Gen.Int[0, 5_000], Gen.Int[0, 5_000], Gen.Byte, Gen.Byte.Array[0, 60]).Sample(
            (cut, at, with, random) =>
            {
                var changed = Protobuf.ToArray();
                changed[at % changed.Length] = with;
                foreach (var body in (byte[][])[Protobuf[..(cut % Protobuf.Length)], changed, random])
                    Tolerate(() => ReadProtobuf(body));

                var json = Encoding.UTF8.GetBytes(Json);
                json[at % json.Length] = with;
                Tolerate(() => new OtlpJsonReader(new RecordingBatch()).Read(json));
                Tolerate(() => new OtlpJsonReader(new RecordingBatch()).Read(json.AsMemory(0, cut % json.Length)));
            },
            iter: 3_000, threads: 1);

    private static void Tolerate(Action read)
    {
        try
        {
            read();
        }
        catch (RequestException exception)
        {
            Assert.Equal(400, exception.Status);
        }
    }
}
