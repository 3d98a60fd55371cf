using System.Text;
using CsCheck;
using LaunchStack.Ingest.Api.Protocols;
using LaunchStack.Ingest.Api.Protocols.Collectd;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

public class CollectdTests
{
    // As collectd 5.12 writes it.
    private const string Body =
        """
        [{"values":[1901474177],"dstypes":["counter"],"dsnames":["value"],"time":1280959128.123,"interval":10.000,"host":"leeloo",
          "plugin":"cpu","plugin_instance":"0","type":"cpu","type_instance":"idle"},
         {"values":[12,null],"dstypes":["derive","derive"],"dsnames":["rx","tx"],"time":1280959129.000,"interval":10.000,
          "host":"leeloo","plugin":"interface","plugin_instance":"eth0","type":"if_octets","type_instance":"","meta":{"a":1}}]
        """;

    private static List<string> Read(string body) => Read(Encoding.UTF8.GetBytes(body)).Read;

    private static RecordingBatch Read(byte[] body)
    {
        var batch = new RecordingBatch();
        new CollectdReader(batch).Read(body);
        return batch;
    }

    [Fact]
    public void Value_lists_are_read() => Assert.Equal(
        [
            "cpu.cpu{host=\"leeloo\",plugin_instance=\"0\",type_instance=\"idle\"} 1901474177 @1280959128123000000",
            "interface.if_octets.rx{host=\"leeloo\",plugin_instance=\"eth0\"} 12 @1280959129000000000",
            "interface.if_octets.tx{host=\"leeloo\",plugin_instance=\"eth0\"} NaN @1280959129000000000",
        ],
        Read(Body));

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    public void Another_shape_is_refused(string body) =>
        Assert.Equal(400, Assert.Throws<RequestException>(() => Read(body)).Status);

    [Fact]
    public void More_names_and_values_than_a_request_may_have_are_refused_before_they_take_memory() =>
        Assert.Equal(413, Assert.Throws<RequestException>(() => Read($"[{string.Join(',', Enumerable.Repeat('1', 1 << 21))}]")).Status);

    [Theory]
    [InlineData("3")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"time\":\"now\"}")]
    [InlineData("{\"time\":1e400}")]
    [InlineData("{\"time\":1,\"dsnames\":[],\"values\":[1]}")]
    [InlineData("{\"time\":1,\"dsnames\":[\"a\"],\"values\":[\"1\"]}")]
    [InlineData("{\"time\":1,\"dsnames\":[\"a\"],\"values\":[1],\"host\":7}")]
    public void A_value_list_of_another_shape_costs_only_itself(string list)
    {
        var batch = Read(Encoding.UTF8.GetBytes($"[{list},{Body[1..]}"));
        Assert.Equal(3, batch.Read.Count);
        Assert.StartsWith("element 0: ", Assert.Single(batch.Refusals), StringComparison.Ordinal);
    }

    [Fact]
    public void A_notification_is_passed_over()
    {
        // As format_json_notification writes it.
        const string Notification =
            """
            {"labels":{"alertname":"collectd_df_percent_bytes","instance":"leeloo","df":"root","type":"free","severity":"WARNING","service":"collectd"},
             "annotations":{"summary":"Host leeloo, plugin df: below the warning threshold","current":"1.5"},"startsAt":"2015-11-03T10:12:41.000000000Z"}
            """;
        var batch = Read(Encoding.UTF8.GetBytes($"[{Notification},{Body[1..]}"));
        Assert.Equal((3, 0), (batch.Read.Count, batch.Refusals.Count));
    }

    [Fact]
    public void Names_that_are_no_utf8_stay_different_names()
    {
        byte[] body =
        [
            .. "[{\"time\":1,\"values\":[1],\"dsnames\":[\"value\"],\"plugin\":\"df\",\"type\":\"x\",\"host\":\"caf"u8, 0xE9,
            .. "\"},{\"time\":1,\"values\":[2],\"dsnames\":[\"value\"],\"plugin\":\"df\",\"type\":\"x\",\"host\":\"\\tcaf"u8, 0xE8, .. "\"}]"u8,
        ];
        Assert.Equal(["df.x{host=\"café\"} 1 @1000000000", "df.x{host=\"\tcafè\"} 2 @1000000000"], Read(body).Read);
    }

    [Fact]
    public void Changed_bodies_are_read_or_refused() =>
        Gen.Select(Gen.Int[0, Body.Length - 1], Gen.Byte).Sample(
            (at, with) =>
            {
                var body = Encoding.UTF8.GetBytes(Body);
                body[at] = with;
                try
                {
                    new CollectdReader(new RecordingBatch()).Read(body);
                }
                catch (RequestException exception)
                {
                    Assert.Equal(400, exception.Status);
                }
            },
            iter: 3_000, threads: 1);
}
