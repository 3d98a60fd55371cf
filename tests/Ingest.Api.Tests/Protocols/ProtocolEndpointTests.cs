using System.Net;
using System.Text;
using System.Text.Json;
using CsCheck;
using Google.Protobuf;
using LaunchStack.Ingest.Api.Tests.Bodies;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;
using Snappier;
using static LaunchStack.Ingest.Api.Tests.Protocols.RemoteWriteBodies;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

public class ProtocolEndpointTests
{
    private const string RemoteWriteType = "application/x-protobuf";
    private const string RemoteWrite2Type = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
    private static readonly Guid Instance = new("5b0c1111-2222-4333-8444-555566667777");
    private static readonly DateTimeOffset Now =
        DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 10 * 10);

    private static readonly (string, string)[] Id = [("instance_id", Instance.ToString())];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Lines(DateTimeOffset time) =>
        $"docker_container_mem,container_name=/n8n usage=100i,limit=400i,name=\"x\" {time.ToUnixTimeSeconds()}\n" +
        $"docker_container_cpu,container_name=/n8n,cpu=cpu-total usage_percent=12.5 {time.ToUnixTimeSeconds()}\n";

    private static async Task<ProtocolHost> StartAsync(params (string, string)[] settings)
    {
        var host = await ProtocolHost.StartAsync(settings);
        host.Names["n8n"] = Instance;
        return host;
    }

    private static byte[] Gzip(byte[] bytes) => Encoded.By("gzip", bytes);

    private static SampleValues Only(ProtocolHost host)
    {
        var (time, values) = Assert.Single(host.Writer.Of(Instance));
        Assert.Equal(Now, time);
        return values;
    }

    [Theory]
    [InlineData("/write?db=telegraf&precision=s", false)]
    [InlineData("/write?precision=s", true)]
    [InlineData("/api/v2/write?org=a&bucket=b&precision=s", true)]
    public async Task Line_protocol_becomes_one_row(string path, bool compress)
    {
        await using var host = await StartAsync();
        var body = Encoding.UTF8.GetBytes(Lines(Now));
        using var response = await host.PostAsync(path, compress ? Gzip(body) : body, "text/plain", compress ? "gzip" : null);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(
            new SampleValues { CpuUsage = 12.5, MemoryUsage = 100, MemoryLimit = 400 }, Only(host));
    }

    [Theory]
    [InlineData("/write?precision=s&u=agent&p=" + ProtocolHost.Key, null, HttpStatusCode.NoContent)]
    [InlineData("/write?precision=s", "Token " + ProtocolHost.Key, HttpStatusCode.NoContent)]
    [InlineData("/write?precision=s&u=agent&p=another-key-0123456789", null, HttpStatusCode.Unauthorized)]
    [InlineData("/api/v2/write?precision=s&p=" + ProtocolHost.Key, null, HttpStatusCode.Unauthorized)] // InfluxDB 1 only
    public async Task Line_protocol_takes_the_key_where_its_clients_put_it(string path, string? header, HttpStatusCode expected)
    {
        await using var host = await StartAsync();
        host.Client.DefaultRequestHeaders.Clear();
        if (header is not null)
            host.Client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", header);
        using var response = await host.PostAsync(path, Encoding.UTF8.GetBytes(Lines(Now)));
        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task A_partial_write_names_the_lines_and_keeps_the_others()
    {
        await using var host = await StartAsync();
        var body = Encoding.UTF8.GetBytes("bad\n" + Lines(Now) + "worse,\n" + Lines(Now.AddDays(-100)));
        using var response = await host.PostAsync("/write?precision=s", body);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.Contains("'bad'", text, StringComparison.Ordinal);
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error").GetString()!;
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith("partial write: unable to parse 'bad': missing fields (line 1, byte 4)\nunable to parse 'worse,'", error, StringComparison.Ordinal);
        Assert.Contains("points beyond retention policy", error, StringComparison.Ordinal);
        Assert.EndsWith("dropped=5", error, StringComparison.Ordinal);
        Assert.Equal(100, Only(host).MemoryUsage);

        using var second = await host.PostAsync("/api/v2/write?precision=s", Encoding.UTF8.GetBytes("a b=1\nbad\n"));
        var answer = JsonDocument.Parse(await second.Content.ReadAsStringAsync(Token)).RootElement;
        Assert.Equal((400, "invalid", 2), ((int)second.StatusCode, answer.GetProperty("code").GetString(), answer.GetProperty("line").GetInt32()));
    }

    [Fact]
    public async Task Every_protocol_wants_a_key_and_says_so()
    {
        await using var host = await StartAsync();
        host.Client.DefaultRequestHeaders.Authorization = null;
        foreach (var path in (string[])["/write", "/api/v2/write", "/query", "/api/v1/write", "/v1/metrics", "/collectd"])
        {
            using var response = await host.PostAsync(path, [1]);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }

        using var unmapped = await host.Client.GetAsync("/v1/ingest/unmapped", Token);
        Assert.Equal(HttpStatusCode.Unauthorized, unmapped.StatusCode);
        using var ping = await host.Client.GetAsync("/ping", Token);
        Assert.Equal(HttpStatusCode.NoContent, ping.StatusCode);
        Assert.True(ping.Headers.Contains("X-Influxdb-Version"));
    }

    [Theory]
    [InlineData("CREATE DATABASE \"telegraf\" WITH DURATION 7d", 200)]
    [InlineData(" show databases;", 200)]
    [InlineData("SELECT * FROM cpu", 400)]
    [InlineData("SHOW DATABASES; DROP DATABASE telegraf", 400)]
    [InlineData("", 400)]
    public async Task A_client_of_InfluxDB_finds_a_database_or_creates_it(string query, int status)
    {
        await using var host = await StartAsync();
        using var asked = await host.Client.GetAsync($"/query?db=telegraf&q={Uri.EscapeDataString(query)}", Token);
        using var posted = await host.Client.PostAsync("/query", new FormUrlEncodedContent([new("q", query)]), Token);
        Assert.Equal((status, status), ((int)asked.StatusCode, (int)posted.StatusCode));
    }

    [Theory]
    [InlineData("Token " + ProtocolHost.Key)]
    [InlineData("Basic YW55Ym9keTp0ZXN0LWtleS0wMTIzNDU2Nzg5")]
    public async Task Keys_come_as_each_client_sends_them(string authorization)
    {
        await using var host = await StartAsync();
        host.Client.DefaultRequestHeaders.Remove("Authorization");
        host.Client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        using var response = await host.PostAsync("/write?precision=s", Encoding.UTF8.GetBytes(Lines(Now)));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Remote_write_becomes_rows_and_says_how_many_it_took(int version)
    {
        await using var host = await StartAsync();
        var (before, now) = (Now.AddSeconds(-10).ToUnixTimeMilliseconds(), Now.ToUnixTimeMilliseconds());
        ((string, string)[], (double, long)[])[] series =
        [
            (Labels("container_cpu_usage_seconds_total", [("cpu", "total"), .. Id]), [(1, before), (2, now)]),
            (Labels("container_memory_working_set_bytes", Id), [(100, now)]),
            (Labels("up"), [(1, now)]),
        ];
        var body = Snappy.CompressToArray(version == 1 ? Version1(series) : Version2(series));
        using var response = await host.PostAsync("/api/v1/write", body, version == 1 ? RemoteWriteType : RemoteWrite2Type, "snappy");
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(version == 1 ? [] : ["0", "0", "4"], Written(response));
        Assert.Equal(new SampleValues { CpuUsage = 10, MemoryUsage = 100 }, Only(host));

        var unmapped = JsonDocument.Parse(await host.Client.GetStringAsync("/v1/ingest/unmapped", Token)).RootElement.EnumerateArray()
            .Select(entry => $"{entry.GetProperty("source")} {entry.GetProperty("series")} {entry.GetProperty("reason")} {entry.GetProperty("count")}");
        Assert.Equal(
            ["prometheus container_cpu_usage_seconds_total first_of_rate 1", "prometheus up no_rule 1"], unmapped.Order());
    }

    [Theory]
    [InlineData(RemoteWriteType, null)]
    [InlineData(null, "snappy")]
    [InlineData(null, null)]
    public async Task Remote_write_that_names_no_encoding_or_version_is_what_it_was_at_first(string? type, string? encoding)
    {
        await using var host = await StartAsync();
        var body = Version1((Labels("container_memory_working_set_bytes", Id), [(100, Now.ToUnixTimeMilliseconds())]));
        using var response = await host.PostAsync("/api/v1/write", Snappy.CompressToArray(body), type, encoding);
        Assert.Equal((HttpStatusCode.NoContent, 100), (response.StatusCode, Only(host).MemoryUsage));
        using var plain = await host.PostAsync("/api/v1/write", body, type, encoding);
        Assert.Equal(HttpStatusCode.BadRequest, plain.StatusCode);
    }

    private static IEnumerable<string> Written(HttpResponseMessage response) => response.Headers
        .Where(header => header.Key.StartsWith("X-Prometheus-Remote-Write-", StringComparison.Ordinal))
        .OrderBy(header => header.Key).Select(header => header.Value.Single());

    [Fact]
    public async Task What_is_left_out_on_purpose_counts_as_written()
    {
        await using var host = await StartAsync();
        var stale = BitConverter.Int64BitsToDouble(StaleMarker);
        var body = Message(request =>
        {
            foreach (var symbol in (string[])["", "__name__", "up", "a"])
                Text(request, 4, symbol);
            Field(request, 5, series =>
            {
                Field(series, 1, refs => refs.WriteRawTag(1, 2));
                Field(series, 2, sample =>
                {
                    sample.WriteRawTag(9);
                    sample.WriteDouble(stale);
                    sample.WriteRawTag(16, 1);
                });
                Field(series, 3, histogram => histogram.WriteRawTag(8, 5));
                Field(series, 4, exemplar => exemplar.WriteRawTag(24, 1));
                Field(series, 4, exemplar => exemplar.WriteRawTag(24, 2));
            });
        });
        using var response = await host.PostAsync("/api/v1/write", Snappy.CompressToArray(body), RemoteWrite2Type, "snappy");
        Assert.Equal((HttpStatusCode.NoContent, "2 1 1"), (response.StatusCode, string.Join(' ', Written(response))));

        using var broken = await host.PostAsync("/api/v1/write", [1], RemoteWrite2Type, "snappy");
        Assert.Equal((HttpStatusCode.BadRequest, "0 0 0"), (broken.StatusCode, string.Join(' ', Written(broken))));
        using var first = await host.PostAsync("/api/v1/write", [1], RemoteWriteType, "snappy");
        Assert.Empty(Written(first));
    }

    [Fact]
    public async Task Too_old_samples_of_remote_write_are_a_400_that_counts()
    {
        await using var host = await StartAsync();
        var body = Snappy.CompressToArray(Version2(
            (Labels("container_memory_working_set_bytes", Id), [(1, 1000), (100, Now.ToUnixTimeMilliseconds())])));
        using var response = await host.PostAsync("/api/v1/write", body, RemoteWrite2Type, "snappy");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("1", response.Headers.GetValues("X-Prometheus-Remote-Write-Samples-Written").Single());
        Assert.Equal(100, Only(host).MemoryUsage);
    }

    [Fact]
    public async Task An_invalid_element_is_told_and_its_neighbours_are_kept()
    {
        await using var host = await StartAsync();
        var body = Snappy.CompressToArray(Version2(
            ([("a", "b")], [(1, 1)]), (Labels("container_memory_working_set_bytes", Id), [(100, Now.ToUnixTimeMilliseconds())])));
        using var remoteWrite = await host.PostAsync("/api/v1/write", body, RemoteWrite2Type, "snappy");
        Assert.Equal((HttpStatusCode.BadRequest, "0 0 1"), (remoteWrite.StatusCode, string.Join(' ', Written(remoteWrite))));
        Assert.Contains("__name__", await remoteWrite.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(100, Only(host).MemoryUsage);

        var otlp = ProtocolRequest.Of("otlp-json", Sent.Memory("n8n", 200, Now));
        using var json = await host.SendAsync(otlp with { Body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(otlp.Body).Replace("Metrics\":[", "Metrics\":[7,", StringComparison.Ordinal)) });
        var partial = JsonDocument.Parse(await json.Content.ReadAsStringAsync(Token)).RootElement.GetProperty("partialSuccess");
        Assert.Equal("2", partial.GetProperty("rejectedDataPoints").GetString());
        Assert.Equal(200, Only(host).MemoryUsage);

        var collectd = ProtocolRequest.Of("collectd", Sent.Memory("n8n", 300, Now.AddSeconds(10)));
        using var lists = await host.SendAsync(collectd with { Body = [.. "[7,"u8, .. collectd.Body[1..]] });
        Assert.Equal(HttpStatusCode.BadRequest, lists.StatusCode);
        Assert.Contains(host.Writer.Rows.Values, row => row.MemoryUsage == 300);
    }

    [Fact]
    public async Task Otlp_answers_in_the_encoding_it_was_asked_in()
    {
        await using var host = await StartAsync();
        var metric = OtlpBodies.Gauge("container.memory.usage", new OtlpPoint(100, Now.ToUnixTimeMilliseconds() * 1_000_000, []));
        var old = OtlpBodies.Gauge("container.memory.usage", new OtlpPoint(100, 1, []));
        using var response = await host.PostAsync(
            "/v1/metrics", Gzip(OtlpBodies.Request([("container.name", "n8n")], metric)), "application/x-protobuf", "gzip");
        Assert.Equal((HttpStatusCode.OK, 0), (response.StatusCode, (await response.Content.ReadAsByteArrayAsync(Token)).Length));
        Assert.Equal(100, Only(host).MemoryUsage);

        using var partial = await host.PostAsync(
            "/v1/metrics", OtlpBodies.Request([("container.name", "n8n")], old), "application/x-protobuf");
        var message = new CodedInputStream(await partial.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal((HttpStatusCode.OK, 0x0Au), (partial.StatusCode, message.ReadTag()));
        var success = message.ReadBytes().CreateCodedInput();
        Assert.Equal((0x08u, 1), (success.ReadTag(), success.ReadInt64()));

        using var json = await host.PostAsync(
            "/v1/metrics",
            Encoding.UTF8.GetBytes(
                """
                {"resourceMetrics":[{"resource":{"attributes":[{"key":"container.name","value":{"stringValue":"n8n"}}]},"scopeMetrics":
                [{"metrics":[{"name":"container.memory.usage","gauge":{"dataPoints":[{"timeUnixNano":"1","asInt":"5"}]}}]}]}]}
                """),
            "application/json");
        Assert.Equal(
            "1",
            JsonDocument.Parse(await json.Content.ReadAsStringAsync(Token)).RootElement
                .GetProperty("partialSuccess").GetProperty("rejectedDataPoints").GetString());

        using var bad = await host.PostAsync("/v1/metrics", "{"u8.ToArray(), "application/json");
        Assert.Equal(
            (HttpStatusCode.BadRequest, 3),
            (bad.StatusCode, JsonDocument.Parse(await bad.Content.ReadAsStringAsync(Token)).RootElement.GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task Collectd_becomes_one_row()
    {
        await using var host = await StartAsync();
        var time = Now.ToUnixTimeSeconds();
        using var response = await host.PostAsync(
            "/collectd",
            Encoding.UTF8.GetBytes(
                $$"""
                [{"values":[100],"dstypes":["gauge"],"dsnames":["value"],"time":{{time}}.100,"interval":10,"host":"n8n","plugin":"memory",
                  "plugin_instance":"","type":"memory","type_instance":"used"},
                 {"values":[7,8],"dstypes":["derive","derive"],"dsnames":["rx","tx"],"time":{{time}}.200,"interval":10,"host":"n8n",
                  "plugin":"interface","plugin_instance":"eth0","type":"if_octets","type_instance":""}]
                """),
            "application/json");
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal((100L, 7L, 8L), (Only(host).MemoryUsage, Only(host).NetworkIn, Only(host).NetworkOut));
    }

    [Fact]
    public async Task An_unknown_instance_is_unmapped_and_no_error()
    {
        await using var host = await StartAsync();
        host.Unknown.Add(Instance);
        using var response = await host.PostAsync("/write?precision=s", Encoding.UTF8.GetBytes(Lines(Now) + "docker_container_mem,container_name=redis usage=1"));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Contains("unknown_instance", await host.Client.GetStringAsync("/v1/ingest/unmapped", Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/write", null)]
    [InlineData("/api/v1/write", "snappy")]
    [InlineData("/v1/metrics", null)]
    [InlineData("/collectd", null)]
    public async Task Busy_and_away_are_told_to_come_again(string path, string? encoding)
    {
        await using var host = await StartAsync();
        var body = path == "/api/v1/write" ? Snappy.CompressToArray(Version1(Array.Empty<RemoteWriteSeries>())) : path == "/collectd" ? "[]"u8.ToArray() : [];
        host.Writer.Fault = new TooManyRequestsException("full", TimeSpan.FromSeconds(2));
        using var busy = await host.PostAsync(path, body, RemoteWriteType, encoding);
        Assert.Equal((429, 2), ((int)busy.StatusCode, (int)busy.Headers.RetryAfter!.Delta!.Value.TotalSeconds));
        host.Writer.Fault = new DatabaseUnavailableException("away", TimeSpan.FromSeconds(1));
        using var away = await host.PostAsync(path, body, RemoteWriteType, encoding);
        Assert.Equal((503, 1), ((int)away.StatusCode, (int)away.Headers.RetryAfter!.Delta!.Value.TotalSeconds));
    }

    [Theory]
    [InlineData("/write?db=x&precison=s", "error")]
    [InlineData("/query?db=x&precison=s", "error")]
    [InlineData("/api/v2/write?precison=s", "message")]
    [InlineData("/collectd?precison=s", "error")]
    public async Task A_parameter_that_is_unknown_is_refused_in_the_protocols_own_form(string path, string member)
    {
        await using var host = await StartAsync();
        using var response = await host.PostAsync(path, [], "application/json");
        Assert.Equal((400, "application/json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement;
        Assert.Contains("precison", answer.GetProperty(member).GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bombs_end_at_the_limit()
    {
        await using var host = await StartAsync(("Ingest:Bodies:MaxDecompressedBytes", "100000"), ("Ingest:Bodies:MaxBytes", "20000"));
        var zeros = new byte[1_000_000];
        foreach (var (path, body, type, encoding) in ((string, byte[], string, string)[])
            [
                ("/write", Gzip(zeros), "text/plain", "gzip"), ("/v1/metrics", Gzip(zeros), RemoteWriteType, "gzip"),
                ("/collectd", Gzip(zeros), "application/json", "gzip"),
                ("/api/v1/write", Snappy.CompressToArray(zeros)[..1000], RemoteWriteType, "snappy"),
            ])
        {
            using var response = await host.PostAsync(path, body, type, encoding);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        }
    }

    public static TheoryData<string> Protocols => [.. ProtocolRequest.Protocols];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Every_encoding_is_taken_whole_or_not_at_all(string protocol)
    {
        await using var host = await StartAsync();
        var plain = ProtocolRequest.Of(protocol, Sent.Memory("n8n", 100, Now));
        foreach (var coding in Encoded.Names)
        {
            var encoded = plain with { Body = Encoded.By(coding, plain.Body), Encoding = Encoded.Header(coding) };
            foreach (var length in (int[])[0, 1, encoded.Body.Length / 2, encoded.Body.Length - 1])
            {
                using var half = await host.SendAsync(encoded with { Body = encoded.Body[..length] });
                Assert.Equal(HttpStatusCode.BadRequest, half.StatusCode);
            }
            Assert.Empty(host.Writer.Rows);

            using var whole = await host.SendAsync(encoded);
            Assert.True(whole.IsSuccessStatusCode, $"{coding}: {whole.StatusCode}");
            Assert.Equal(100, Only(host).MemoryUsage);
            host.Writer.Rows.Clear();
        }

        using var unknown = await host.SendAsync(plain with { Encoding = "compress" });
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, unknown.StatusCode);
        Assert.Contains("zstd", unknown.Headers.GetValues("Accept-Encoding").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("zstd")]
    public async Task Every_encoding_of_grpc_is_taken_whole_or_not_at_all(string coding)
    {
        await using var host = await StartAsync();
        var plain = ProtocolRequest.Of("otlp", Sent.Memory("n8n", 100, Now)).Body;
        var encoded = Encoded.By(coding, plain);
        Assert.Equal("3", await host.ExportByGrpcAsync(encoded[..^1], coding));
        Assert.Equal("12", await host.ExportByGrpcAsync(encoded, "snappy"));
        Assert.Empty(host.Writer.Rows);
        Assert.Equal("0", await host.ExportByGrpcAsync(encoded, coding));
        Assert.Equal(100, Only(host).MemoryUsage);
    }

    [Theory]
    [InlineData(0, null, "0")]
    [InlineData(0, "gzip", "0")] // a message may stay as it is
    [InlineData(1, null, "13")]
    [InlineData(1, "identity", "13")]
    [InlineData(2, null, "13")]
    [InlineData(2, "gzip", "13")]
    public async Task A_flag_of_grpc_says_what_the_message_is(byte flag, string? coding, string expected)
    {
        await using var host = await StartAsync();
        var message = ProtocolRequest.Of("otlp", Sent.Memory("n8n", 100, Now)).Body;
        Assert.Equal(expected, await host.ExportByGrpcAsync(flag == 2 && coding is not null ? Encoded.By(coding, message) : message, coding, flag));
        Assert.Equal(expected == "0" ? 1 : 0, host.Writer.Rows.Count);
    }

    [Fact]
    public async Task A_deadline_of_grpc_is_kept()
    {
        await using var host = await StartAsync();
        var message = ProtocolRequest.Of("otlp", Sent.Memory("n8n", 100, Now)).Body;
        foreach (var (timeout, expected) in ((string, string)[])[("0n", "4"), ("1n", "4"), ("abc", "3"), ("5", "3"), ("-1S", "3"), ("123456789S", "3")])
        {
            Assert.Equal(expected, await host.ExportByGrpcAsync(message, timeout: timeout));
            Assert.Empty(host.Writer.Rows);
        }
        foreach (var timeout in (string[])["100S", "99999999H", "10000000u"])
            Assert.Equal("0", await host.ExportByGrpcAsync(message, timeout: timeout));
    }

    [Fact]
    public async Task No_body_makes_an_error_of_ours()
    {
        await using var host = await StartAsync();
        var good = Snappy.CompressToArray(Version1((Labels("container_memory_working_set_bytes", Id), [(100, Now.ToUnixTimeMilliseconds())])));
        string[] paths = ["/write", "/api/v2/write", "/api/v1/write", "/v1/metrics", "/collectd"];
        string?[] types = [null, "application/json", RemoteWriteType, RemoteWrite2Type, "x"];
        string?[] encodings = [null, "gzip", "snappy", "br", "x"];
        await Gen.Select(
                Gen.Int[0, paths.Length - 1], Gen.Int[0, types.Length - 1], Gen.Int[0, encodings.Length - 1], Gen.Byte.Array[0, 100], Gen.Int[0, good.Length - 1], Gen.Bool)
            .SampleAsync(
                async (path, type, encoding, random, cut, useGood) =>
                {
                    using var response = await host.PostAsync(
                        paths[path], useGood ? [.. good[..cut], .. random] : random, types[type], encodings[encoding]);
                    Assert.InRange((int)response.StatusCode, 200, 499);
                },
                iter: 300, threads: 1);
    }

    [Fact]
    public async Task What_all_bodies_hold_together_is_bounded_and_given_back()
    {
        await using var host = await ProtocolHost.StartAsync(("Ingest:Bodies:MaxBytesHeld", "200000"));
        host.Names["box"] = Guid.NewGuid();
        for (var round = 0; round < 3; round++)
        {
            using var small = await PostAsync(new string('#', 60_000));
            Assert.Equal(HttpStatusCode.NoContent, small.StatusCode);
            using var large = await PostAsync(new string('#', 300_000));
            Assert.Equal(HttpStatusCode.TooManyRequests, large.StatusCode);
            Assert.NotNull(large.Headers.RetryAfter);
        }

        Task<HttpResponseMessage> PostAsync(string comment) => host.Client.PostAsync(
            "/write?db=x", new StringContent($"docker_container_mem,container_name=box usage=1i\n{comment}"), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_frame_of_grpc_is_held_once()
    {
        await using var host = await StartAsync(("Ingest:Bodies:MaxBytesHeld", "100000"));
        var names = Enumerable.Repeat(new string('x', 100), 400).Append("container.memory.usage");
        var message = OtlpBodies.Request(
            [("container.name", "n8n")], [.. names.Select(name => OtlpBodies.Gauge(name, new OtlpPoint(100, Now.ToUnixTimeMilliseconds() * 1_000_000, [])))]);
        Assert.InRange(message.Length, 40_000, 60_000);
        for (var round = 0; round < 3; round++)
            Assert.Equal("0", await host.ExportByGrpcAsync(message));
        Assert.Equal(100, Only(host).MemoryUsage);
    }
}
