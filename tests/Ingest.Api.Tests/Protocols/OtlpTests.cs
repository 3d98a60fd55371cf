using System.Text;
using CsCheck;
using LaunchStack.Ingest.Api.Protocols;
using LaunchStack.Ingest.Api.Protocols.Otlp;
using LaunchStack.ServiceDefaults.Problems;
using static LaunchStack.Ingest.Api.Tests.Protocols.OtlpBodies;
using static LaunchStack.Ingest.Api.Tests.Protocols.RemoteWriteBodies;

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

    private static List<string> ReadJson(string body) => ReadJsonBatch(body).Read;

    private static RecordingBatch ReadJsonBatch(string body)
    {
        var batch = new RecordingBatch();
        new OtlpJsonReader(batch).Read(Encoding.UTF8.GetBytes(body));
        return batch;
    }

    [Fact]
    public void Protobuf_is_read() => Assert.Equal([.. Expected, "latency histogram 0 @0"], ReadProtobuf(Protobuf));

    [Fact]
    public void Json_is_read() => Assert.Equal([.. Expected, Ended, "latency histogram 0 @0"], ReadJson(Json));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"resourceMetrics\":3}")]
    public void Json_of_another_shape_is_refused(string body) =>
        Assert.Equal(400, Assert.Throws<RequestException>(() => ReadJson(body)).Status);

    [Theory]
    [InlineData("3")]
    [InlineData("null")]
    [InlineData("{\"scopeMetrics\":\"x\"}")]
    [InlineData("{\"resource\":{\"attributes\":[{\"key\":7}]}}")]
    [InlineData("{\"scopeMetrics\":[{\"metrics\":[{\"name\":3}]}]}")]
    [InlineData("{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"a\",\"sum\":[]}]}]}")]
    [InlineData("{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"a\",\"gauge\":{\"dataPoints\":[{\"asInt\":\"99999999999999999999\"}]}}]}]}")]
    [InlineData("{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"a\",\"gauge\":{\"dataPoints\":[{\"asDouble\":\"x\"}]}}]}]}")]
    public void A_json_element_of_another_shape_costs_only_itself(string element)
    {
        var batch = ReadJsonBatch(Json.Replace("[{\"resource\"", $"[{element},{{\"resource\"", StringComparison.Ordinal));
        Assert.Equal([.. Expected, Ended, "latency histogram 0 @0"], batch.Read);
        Assert.Equal((1, 1), (batch.Refused, batch.Refusals.Count));
    }

    [Fact]
    public void Json_null_means_unset()
    {
        var body =
            """
            {"resourceMetrics":[{"resource":null,"schemaUrl":null,"scopeMetrics":[{"scope":null,"metrics":[
             {"name":"a","sum":null,"gauge":{"dataPoints":[{"attributes":null,"timeUnixNano":"1","startTimeUnixNano":null,"flags":null,"asDouble":null,"asInt":"5"},
              {"timeUnixNano":"1","asDouble":null},{"timeUnixNano":null,"asInt":6,"attributes":[{"key":"k","value":null},{"key":"l","value":{"stringValue":null}}]}]}},
             {"name":null,"histogram":null,"sum":{"aggregationTemporality":null,"dataPoints":null}}]},{"metrics":null}]},{"scopeMetrics":null}]}
            """;
        var batch = ReadJsonBatch(body);
        Assert.Equal(["a 5 @1", "a 6 @0"], batch.Read);
        Assert.Empty(batch.Refusals);
    }

    [Fact]
    public void Half_a_surrogate_pair_costs_nothing() =>
        Assert.Equal(
            ["a{k=\"ab\uFFFD\\\"} 1 @1"],
            ReadJson("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"a\",\"gauge\":{\"dataPoints\":[{\"timeUnixNano\":1,\"asInt\":1,\"attributes\":[{\"key\":\"k\",\"value\":{\"stringValue\":\"ab\\ud83d\\\\\"}}]}]}}]}]}]}"));

    [Fact]
    public void An_attribute_is_the_same_in_json_and_protobuf()
    {
        var json = ReadJson(
            """
            {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","gauge":{"dataPoints":[{"timeUnixNano":"18446744073709551615","asInt":1,"attributes":[
             {"key":"b","value":{"boolValue":true}},{"key":"d","value":{"doubleValue":1.50e0}},{"key":"i","value":{"intValue":"7"}},{"key":"j","value":{"intValue":7}},
             {"key":"m","value":{"kvlistValue":{"values":[]}}},{"key":"x","value":{"bytesValue":"AAA="}}]}]}}]}]}]}
            """);
        Assert.Equal([$"a{{b=\"true\",d=\"1.5\",i=\"7\",j=\"7\"}} 1 @{long.MaxValue}"], json);
    }

    [Fact]
    public void Attributes_that_are_too_long_cost_only_their_own_values()
    {
        var body = new[]
        {
            Request([("container.name", "n8n"), ("process.command_line", new string('x', 20_000))], Gauge("a", new OtlpPoint(1, 1, []))),
            Request([], Gauge("b", new OtlpPoint(2, 2, [("k", new string('x', 20_000))]), new OtlpPoint(3, 3, []))),
            Request([], Gauge(new string('n', 5_000), new OtlpPoint(4, 4, []))),
        };
        Assert.Equal(["a too long 1 @1", "b too long 2 @2", "b 3 @3", $"{new string('n', 4_096)} too long 4 @4"], ReadProtobuf([.. body.SelectMany(one => one)]));
    }

    [Fact]
    public void A_long_list_of_arguments_is_no_part_of_identity()
    {
        var body = Message(request => Field(request, 1, metrics =>
        {
            Field(metrics, 1, resource =>
            {
                Field(resource, 1, attribute =>
                {
                    Text(attribute, 1, "process.command_args");
                    Field(attribute, 2, any => Field(any, 5, array =>
                    {
                        for (var i = 0; i < 1_000; i++)
                            Field(array, 1, value => Text(value, 1, $"/opt/app/lib/library-{i}.jar"));
                    }));
                });
                Field(resource, 1, attribute =>
                {
                    Text(attribute, 1, "container.name");
                    Field(attribute, 2, any => Text(any, 1, "n8n"));
                });
            });
            Field(metrics, 2, scope => Field(scope, 2, Gauge("a", new OtlpPoint(1, 1, []))));
        }));
        Assert.Equal(["a{container.name=\"n8n\"} 1 @1"], ReadProtobuf(body));
    }

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
