using System.Text;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Ingest.Api.Protocols.Collectd;
using LaunchStack.Ingest.Api.Protocols.Influx;
using LaunchStack.Ingest.Api.Protocols.Otlp;
using LaunchStack.Ingest.Api.Protocols.Prometheus;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.Extensions.Options;
using static LaunchStack.Ingest.Api.Tests.Protocols.RemoteWriteBodies;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>Few bytes that name much: each would cost seconds without a bound.</summary>
public class FloodTests
{
    private static readonly string Long = new('x', 60_000);

    [Theory]
    [InlineData("series of remote write 1")]
    [InlineData("series of remote write 2")]
    [InlineData("references to a long symbol")]
    [InlineData("scopes")]
    [InlineData("points of a long resource")]
    [InlineData("points of a long resource in JSON")]
    [InlineData("fields of long tags")]
    [InlineData("values of a long host")]
    public void A_flood_ends_at_what_a_request_may_look_at(string flood)
    {
        var batch = NewBatch();
        var refusal = Assert.Throws<RequestException>(() => Read(flood, batch));
        Assert.Equal(413, refusal.Status);
        Assert.StartsWith("More than 268435456 bytes of names and labels", refusal.Message, StringComparison.Ordinal);
        batch.Dispose();
        Assert.InRange(batch.Work.Bytes, 256L << 20, 257L << 20);
    }

    [Fact]
    public void A_request_brings_no_more_new_series_than_are_remembered()
    {
        var batch = NewBatch(maxSeries: 100);
        var refusal = Assert.Throws<RequestException>(() => ReadLines(batch, string.Concat(Enumerable.Range(0, 101).Select(i => $"m{i} a=1\n"))));
        Assert.Equal((413, 100), (refusal.Status, batch.Values));
        ReadLines(NewBatch(maxSeries: 100), string.Concat(Enumerable.Range(0, 200).Select(i => $"m{i % 100} a=1\n")));
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(10_001)]
    public void Elements_that_are_none_are_refused_one_by_one_up_to_a_bound(int count)
    {
        var elements = string.Join(',', Enumerable.Repeat('1', count));
        foreach (var read in (Action<SeriesBatch>[])
            [
                batch => new CollectdReader(batch).Read(Encoding.UTF8.GetBytes($"[{elements}]")),
                batch => new OtlpJsonReader(batch).Read(Encoding.UTF8.GetBytes($"{{\"resourceMetrics\":[{elements}]}}")),
            ])
        {
            var batch = NewBatch();
            if (count > 10_000)
                Assert.Equal(400, Assert.Throws<RequestException>(() => read(batch)).Status);
            else
                read(batch);
            Assert.Equal(10_000, batch.Refused);
        }
    }

    private static void Read(string flood, SeriesBatch batch)
    {
        switch (flood)
        {
            case "series of remote write 1":
                RemoteWriteReader.Read(Repeat([0x0A, 0], 1_100_000), batch);
                break;
            case "series of remote write 2":
                new RemoteWrite2Reader([0x22, 0, .. Repeat([0x2A, 0], 1_100_000)], batch).Read();
                break;
            case "references to a long symbol":
                var symbols = Message(request => Array.ForEach(["", "__name__", "a", "l", Long], symbol => Text(request, 4, symbol)));
                new RemoteWrite2Reader([.. symbols, .. Repeat([0x2A, 6, 0x0A, 4, 1, 2, 3, 4], 5_000)], batch).Read();
                break;
            case "scopes":
                new OtlpProtobufReader(
                    Message(request => Field(request, 1, metrics =>
                    {
                        for (var i = 0; i < 1_100_000; i++)
                            metrics.WriteRawTag(0x12, 0);
                    })),
                    batch).Read();
                break;
            case "points of a long resource":
                new OtlpProtobufReader(OtlpBodies.Request([("k", Long[..16_000])], OtlpBodies.Gauge("a", [.. Enumerable.Repeat(new OtlpPoint(1, 1, []), 17_000)])), batch).Read();
                break;
            case "points of a long resource in JSON":
                var points = string.Join(',', Enumerable.Repeat("{\"asInt\":1}", 17_000));
                new OtlpJsonReader(batch).Read(Encoding.UTF8.GetBytes(
                    $$$"""{"resourceMetrics":[{"resource":{"attributes":[{"key":"k","value":{"stringValue":"{{{Long[..16_000]}}}"}}]},"scopeMetrics":[{"metrics":[{"name":"a","gauge":{"dataPoints":[{{{points}}}]}}]}]}]}"""));
                break;
            case "fields of long tags":
                ReadLines(batch, $"m,t={Long} {string.Concat(Enumerable.Repeat("a=1,", 5_000))}a=1");
                break;
            default:
                new CollectdReader(batch).Read(Encoding.UTF8.GetBytes(
                    $$"""[{"time":1,"host":"{{Long}}","plugin":"p","type":"t","dsnames":[{{string.Join(',', Enumerable.Repeat("\"value\"", 5_000))}}],"values":[{{string.Join(',', Enumerable.Repeat('1', 5_000))}}]}]"""));
                break;
        }
    }

    private static void ReadLines(SeriesBatch batch, string lines) => new InfluxLineReader(Encoding.UTF8.GetBytes(lines), 1, 0, batch).Read();

    private static byte[] Repeat(byte[] element, int count) => [.. Enumerable.Repeat(element, count).SelectMany(one => one)];

    private static SeriesBatch NewBatch(int maxSeries = 50_000)
    {
        var options = new MappingOptions { MaxSeries = maxSeries };
        return new(SeriesOwner.Platform, new(new(Options.Create(options)), options), new(Options.Create(new BodyOptions())));
    }
}
