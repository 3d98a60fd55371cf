using System.Text;
using CsCheck;
using Google.Protobuf;
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

    [Fact]
    public void Scopes_tell_series_apart_in_both_encodings()
    {
        var batch = new RecordingBatch();
        foreach (var scope in (string[])["{\"name\":\"a\"}", "{\"name\":\"test\"}", "{\"name\":\"a\",\"version\":\"1\"}", "{\"attributes\":[{\"key\":\"a\",\"value\":{\"stringValue\":\"1\"}}]}", "null"])
        {
            new OtlpJsonReader(batch).Read(Encoding.UTF8.GetBytes(
                $$$"""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"x","gauge":{"dataPoints":[{"timeUnixNano":5,"asInt":1}]}}],"scope":{{{scope}}} }]}]}"""));
        }
        Assert.Equal(5, batch.Defined);
        new OtlpProtobufReader(Request([], Gauge("x", new OtlpPoint(1, 5, []))), batch).Read();
        Assert.Equal((6, 5), (batch.Read.Count, batch.Defined));
    }

    [Theory]
    [InlineData("a", "", "")]
    [InlineData("a", "1.0", "")]
    [InlineData("", "", "x")]
    [InlineData("a", "1.0", "x")]
    public void A_scope_is_one_in_both_encodings(string name, string version, string attribute)
    {
        var batch = new RecordingBatch();
        ReadScopeInBoth(batch, name, version, attribute);
        Assert.Equal(1, batch.Defined);
        ReadScopeInBoth(batch, "other", version, attribute);
        ReadScopeInBoth(batch, name, "2.0", attribute);
        ReadScopeInBoth(batch, name, version, "other");
        Assert.Equal(4, batch.Defined);
        Assert.Equal(Enumerable.Repeat("x 1 @5", 8), batch.Read);
    }

    [Theory]
    [InlineData(20_000, 0, 0)]
    [InlineData(0, 20_000, 0)]
    [InlineData(0, 0, 20_000)]
    public void A_scope_that_is_too_long_costs_its_own_metrics(int name, int version, int attribute)
    {
        var batch = new RecordingBatch();
        ReadScopeInBoth(batch, new('n', name), new('v', version), new('a', attribute));
        Assert.Equal(["x too long 1 @5", "x too long 1 @5"], batch.Read);
        Assert.Equal(0, batch.Defined);
    }

    private static void ReadScopeInBoth(RecordingBatch batch, string name, string version, string attribute)
    {
        new OtlpJsonReader(batch).Read(Encoding.UTF8.GetBytes(
            $$$"""{"resourceMetrics":[{"scopeMetrics":[{"scope":{"name":"{{{name}}}","version":"{{{version}}}","attributes":[{{{Attribute("k", attribute)}}}]},"metrics":[{"name":"x","gauge":{"dataPoints":[{"timeUnixNano":5,"asInt":1}]}}]}]}]}"""));
        new OtlpProtobufReader(
            Message(request => Field(request, 1, resourceMetrics => Field(resourceMetrics, 2, metrics =>
            {
                Field(metrics, 2, Gauge("x", new OtlpPoint(1, 5, [])));
                Field(metrics, 1, scope =>
                {
                    Text(scope, 1, name);
                    Text(scope, 2, version);
                    Field(scope, 3, one =>
                    {
                        Text(one, 1, "k");
                        Field(one, 2, any => Text(any, 1, attribute));
                    });
                });
            }))), batch).Read();
    }

    [Fact]
    public void Long_texts_and_resources_in_parts_take_no_memory()
    {
        var json = Encoding.UTF8.GetBytes(JsonGauge("{\"asInt\":1}", name: new('n', 3_000_000)));
        var protobuf = Message(request => Field(request, 1, metrics =>
        {
            for (var part = 0; part < 400; part++)
            {
                Field(metrics, 1, resource => Field(resource, 1, attribute =>
                {
                    Text(attribute, 1, "k");
                    Field(attribute, 2, any => Text(any, 1, new('v', 10_000)));
                }));
            }
            Field(metrics, 2, scope => Field(scope, 2, Gauge("a", new OtlpPoint(1, 5, []))));
        }));
        var batch = new RecordingBatch();
        var before = GC.GetAllocatedBytesForCurrentThread();
        new OtlpJsonReader(batch).Read(json);
        new OtlpProtobufReader(protobuf, batch).Read();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_500_000);
        Assert.EndsWith("n too long 1 @0", batch.Read[0], StringComparison.Ordinal);
        Assert.Equal("a too long 1 @5", batch.Read[1]);
    }

    [Fact]
    public void More_names_and_values_of_json_than_a_request_may_have_are_refused_before_they_take_memory()
    {
        var body = $"{{\"resourceMetrics\":[],\"x\":[{string.Join(',', Enumerable.Repeat('1', 2_000_000))}]}}";
        var refusal = Assert.Throws<RequestException>(() => ReadJson(body));
        Assert.Equal(413, refusal.Status);
        Assert.Contains("names and values", refusal.Message, StringComparison.Ordinal);
    }

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
    [InlineData("{\"scopeMetrics\":[{\"metrics\":[{\"name\":3,\"gauge\":{\"dataPoints\":[{\"asInt\":1}]}}]}]}")]
    [InlineData("{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"a\",\"sum\":[]}]}]}")]
    [InlineData("{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"a\",\"gauge\":{\"dataPoints\":[{\"asInt\":\"99999999999999999999\"}]}}]}]}")]
    [InlineData("{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"a\",\"gauge\":{\"dataPoints\":[{\"asDouble\":\"x\"}]}}]}]}")]
    public void A_json_element_of_another_shape_costs_only_itself(string element)
    {
        var batch = ReadJsonBatch(Json.Replace("[{\"resource\"", $"[{element},{{\"resource\"", StringComparison.Ordinal));
        Assert.Equal([.. Expected, Ended, "latency histogram 0 @0"], batch.Read);
        Assert.Equal(1, batch.Refused);
        Assert.StartsWith("resourceMetrics[0]", Assert.Single(batch.Refusals), StringComparison.Ordinal);
    }

    private static string Attribute(string key, string value) => $$$"""{"key":"{{{key}}}","value":{"stringValue":"{{{value}}}"}}""";

    private static string JsonGauge(string points, string resource = "", string name = "a") =>
        $$$"""{"resourceMetrics":[{"resource":{"attributes":[{{{resource}}}]},"scopeMetrics":[{"metrics":[{"name":"{{{name}}}","gauge":{"dataPoints":[{{{points}}}]}}]}]}]}""";

    // The same in both encodings.
    private static List<string> ReadBoth((string Key, string Value)[] resource, (string Key, string Value)[] point, string name = "a")
    {
        static string Json((string Key, string Value)[] attributes) => string.Join(',', attributes.Select(one => Attribute(one.Key, one.Value)));
        var json = ReadJson(JsonGauge($$"""{"timeUnixNano":1,"asDouble":1,"attributes":[{{Json(point)}}]}""", Json(resource), name));
        Assert.Equal(ReadProtobuf(Request(resource, Gauge(name, new OtlpPoint(1, 1, point)))), json);
        return json;
    }

    [Theory]
    [InlineData("3")]
    [InlineData("null")]
    [InlineData("{\"key\":7,\"value\":{\"stringValue\":\"x\"}}")]
    [InlineData("{\"key\":\"x\",\"value\":7}")]
    [InlineData("{\"key\":\"x\",\"value\":{\"stringValue\":7}}")]
    [InlineData("{\"key\":\"x\",\"value\":{\"boolValue\":\"true\"}}")]
    [InlineData("{\"key\":\"x\",\"value\":{\"intValue\":\"abc\"}}")]
    [InlineData("{\"key\":\"x\",\"value\":{\"intValue\":1.5}}")]
    [InlineData("{\"key\":\"x\",\"value\":{\"doubleValue\":[]}}")]
    public void A_json_attribute_that_is_none_costs_no_point(string attribute)
    {
        var n8n = Attribute("container.name", "n8n");
        foreach (var (resource, point) in ((string, string)[])[($"{n8n},{attribute}", ""), (n8n, attribute)])
        {
            var batch = ReadJsonBatch(JsonGauge($$"""{"asInt":1},{"asInt":2,"attributes":[{{point}}]}""", resource));
            Assert.Equal(["a{container.name=\"n8n\"} 1 @0", "a{container.name=\"n8n\"} 2 @0"], batch.Read);
            Assert.Equal(0, batch.Refused);
        }
    }

    [Theory]
    [InlineData("\"resource\":3")]
    [InlineData("\"resource\":{\"attributes\":3}")]
    public void A_json_resource_that_is_none_costs_no_point(string resource)
    {
        var batch = ReadJsonBatch(JsonGauge("{\"asInt\":1}").Replace("\"resource\":{\"attributes\":[]}", resource, StringComparison.Ordinal));
        Assert.Equal((0, 1), (batch.Refused, batch.Read.Count));
    }

    [Theory]
    [InlineData("\"name\":7,\"gauge\":{")]
    [InlineData("\"name\":7,\"histogram\":{")]
    [InlineData("\"name\":\"a\",\"sum\":{\"aggregationTemporality\":[],")]
    [InlineData("\"name\":\"a\",\"sum\":{\"aggregationTemporality\":1.5,")]
    public void What_is_wrong_with_a_json_metric_is_counted_by_its_points(string metric)
    {
        var batch = ReadJsonBatch(
            JsonGauge("{\"asInt\":1},{\"asInt\":2},{\"asInt\":3}").Replace("\"name\":\"a\",\"gauge\":{", metric, StringComparison.Ordinal));
        Assert.Equal((3, 0), (batch.Refused, batch.Read.Count));
        var place = metric.Contains("\"a\"", StringComparison.Ordinal) ? "a: " : "resourceMetrics[0].scopeMetrics[0].metrics[0]: ";
        Assert.StartsWith(place, Assert.Single(batch.Refusals), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("7")]
    [InlineData("\"x\"")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    public void A_sum_without_a_temporality_is_refused(string temporality)
    {
        var batch = ReadJsonBatch(JsonGauge("{\"asInt\":1},{\"asInt\":2}").Replace(
            "\"gauge\":{", $"\"sum\":{{\"aggregationTemporality\":{temporality},", StringComparison.Ordinal));
        Assert.Equal((2, 0), (batch.Refused, batch.Read.Count));
        Assert.Equal($"a: {OtlpProtobufReader.NoTemporality}", batch.Refusals.Single());
    }

    [Theory]
    [InlineData("1", " delta")]
    [InlineData("2", "")]
    [InlineData("\"AGGREGATION_TEMPORALITY_DELTA\"", " delta")]
    [InlineData("\"AGGREGATION_TEMPORALITY_CUMULATIVE\"", "")]
    public void A_sum_s_temporality_is_a_number_or_a_name(string temporality, string read) =>
        Assert.Equal([$"a{read} 1 @0"], ReadJson(JsonGauge("{\"asInt\":1}").Replace(
            "\"gauge\":{", $"\"sum\":{{\"aggregationTemporality\":{temporality},", StringComparison.Ordinal)));

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_protobuf_sum_without_a_temporality_is_refused(int temporality)
    {
        var batch = new RecordingBatch();
        new OtlpProtobufReader(
            Request([], Sum("a", temporality, new OtlpPoint(1, 6, []), new OtlpPoint(2, 7, [])), Gauge("b", new OtlpPoint(3, 6, []))), batch).Read();
        Assert.Equal(["b 3 @6"], batch.Read);
        Assert.Equal((2, $"a: {OtlpProtobufReader.NoTemporality}"), (batch.Refused, batch.Refusals.Single()));
    }

    [Fact]
    public void A_byte_order_mark_before_json_is_skipped() => Assert.Equal(["a 1 @0"], ReadJson($"\uFEFF{JsonGauge("{\"asInt\":1}")}"));

    [Theory]
    [InlineData("5")]
    [InlineData("5.0")]
    [InlineData("5e0")]
    [InlineData("0.5E+1")]
    [InlineData("50e-1")]
    public void A_json_integer_may_have_a_point_or_an_exponent(string five)
    {
        foreach (var number in (string[])[five, $"\"{five}\""])
        {
            Assert.Equal(
                ["a{k=\"5\"} 5 @5 since 5"],
                ReadJson(JsonGauge($$$"""{"timeUnixNano":{{{number}}},"startTimeUnixNano":{{{number}}},"asInt":{{{number}}},"attributes":[{"key":"k","value":{"intValue":{{{number}}}}}]}""")));
        }
    }

    [Theory]
    [InlineData("1700000000123456789.0", 1700000000123456789)]
    [InlineData("1.700000000123456789e18", 1700000000123456789)]
    [InlineData("18446744073709551615.0", long.MaxValue)]
    public void A_json_integer_is_exact(string time, long expected)
    {
        foreach (var number in (string[])[time, $"\"{time}\""])
            Assert.Equal([$"a 1 @{expected}"], ReadJson(JsonGauge($$"""{"timeUnixNano":{{number}},"asInt":1}""")));
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("1e-1")]
    [InlineData("1.0000000000000000000000000000000000001")]
    [InlineData("9223372036854775807.1")]
    [InlineData("1e19")]
    [InlineData("1e999999999999")]
    public void A_json_number_that_is_no_integer_costs_its_point(string number)
    {
        var batch = ReadJsonBatch(JsonGauge($$"""{"asInt":{{number}}},{"asInt":"{{number}}"},{"asInt":1}"""));
        Assert.Equal(["a 1 @0"], batch.Read);
        Assert.Equal(2, batch.Refused);
    }

    [Theory]
    [InlineData("{\"kvlistValue\":{\"values\":[{\"key\":\"a\",\"value\":", "}]}}")]
    [InlineData("{\"arrayValue\":{\"values\":[", "]}}")]
    public void Json_attributes_may_nest(string open, string close)
    {
        var value = "{\"stringValue\":\"x\"}";
        for (var i = 0; i < 60; i++)
            value = $"{open}{value}{close}";
        Assert.Equal(["a{k=\"v\"} 1 @0"], ReadJson(JsonGauge($$"""{"asInt":1,"attributes":[{"key":"z","value":{{value}}},{{Attribute("k", "v")}}]}""")));
    }

    [Fact]
    public void Json_that_nests_too_deep_is_told_so() =>
        Assert.Contains("deeper than 256", Assert.Throws<RequestException>(() => ReadJson($"{new string('[', 257)}{new string(']', 257)}")).Message, StringComparison.Ordinal);

    // Hex: the bytes of the value in protobuf; null where there is none.
    [Theory]
    [InlineData("{\"arrayValue\":{\"values\":[]}}", "2A00")]
    [InlineData("{\"kvlistValue\":{\"values\":[]}}", "3200")]
    [InlineData("{\"bytesValue\":\"AA==\"}", "3A0100")]
    [InlineData("{\"intValue\":\"abc\"}", "1A03616263")]
    [InlineData("{\"stringValue\":7}", "0807")]
    [InlineData("{}", "")]
    [InlineData("null", null)]
    [InlineData("{\"stringValue\":\"\"}", "0A00", true)]
    [InlineData("{\"intValue\":7}", "1807", true)]
    public void An_attribute_of_a_point_hides_that_of_the_resource_when_it_has_a_value(string json, string? hex, bool hides = false)
    {
        var protobuf = Message(request => Field(request, 1, metrics =>
        {
            Field(metrics, 1, resource => Field(resource, 1, attribute =>
            {
                Text(attribute, 1, "k");
                Field(attribute, 2, any => Text(any, 1, "resource"));
            }));
            Field(metrics, 2, scope => Field(scope, 2, metric =>
            {
                Text(metric, 1, "a");
                Field(metric, 5, gauge => Field(gauge, 1, point =>
                {
                    Field(point, 7, attribute =>
                    {
                        Text(attribute, 1, "k");
                        if (hex is null)
                            return;
                        attribute.WriteTag(2, WireFormat.WireType.LengthDelimited);
                        attribute.WriteBytes(ByteString.CopyFrom(Convert.FromHexString(hex)));
                    });
                    point.WriteTag(4, WireFormat.WireType.Fixed64);
                    point.WriteDouble(1);
                }));
            }));
        }));
        var read = ReadJson(JsonGauge($$"""{"asDouble":1,"attributes":[{"key":"k","value":{{json}}}]}""", Attribute("k", "resource")));
        Assert.Equal(ReadProtobuf(protobuf), read);
        Assert.Equal(hides, !read.Contains("a{k=\"resource\"} 1 @0"));
    }

    [Fact]
    public void Of_several_attributes_of_one_name_the_least_counts_in_any_order()
    {
        (string, string)[] few = [("k", "b"), ("k", "a"), ("k", "c"), ("k", "")];
        foreach (var attributes in ((string, string)[][])[few, [.. few.Reverse()]])
        {
            Assert.Equal(["a{k=\"a\"} 1 @1"], ReadBoth(attributes, []));
            Assert.Equal(["a{k=\"a\"} 1 @1"], ReadBoth([], attributes));
            Assert.Equal(["a{k=\"a\"} 1 @1"], ReadBoth([("k", "0")], attributes));
            Assert.Equal(["a{k=\"z\"} 1 @1"], ReadBoth(attributes, [("k", "z")]));
        }
    }

    [Theory]
    [InlineData(5_000, 1, false)]
    [InlineData(6_000, 1, true)]
    [InlineData(1, 1_000, false)]
    [InlineData(1, 1_100, true)]
    public void Attributes_are_as_long_in_json_as_in_protobuf(int characters, int count, bool isTooLong)
    {
        // Three bytes each in UTF-8.
        (string, string)[] attributes = [.. Enumerable.Range(0, count).Select(index => ($"{index:000}", new string('中', characters)))];
        foreach (var read in (List<string>[])[ReadBoth(attributes, []), ReadBoth([], attributes)])
            Assert.Equal(isTooLong, read is ["a too long 1 @1"]);
    }

    [Fact]
    public void A_name_is_as_long_in_json_as_in_protobuf()
    {
        Assert.Equal([$"{new string('n', 4_096)} 1 @1"], ReadBoth([], [], new string('n', 4_096)));
        Assert.Equal([$"{new string('n', 4_096)} too long 1 @1"], ReadBoth([], [], new string('n', 4_097)));
        Assert.Contains("too long", ReadBoth([], [], new string('中', 1_400)).Single(), StringComparison.Ordinal);
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
