using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using LaunchStack.Ingest.Api.Usage;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Tests.Usage;

public sealed class JsonUsageParserTests
{
    private const string Id = "5b0c0000-0000-4000-8000-000000000001";
    private const string Good = $$"""{"instance_id":"{{Id}}","timestamp":"2026-11-23T10:00:00Z","cpu_usage":12.5,"memory_usage":7}""";

    [Theory]
    [InlineData(Good, 1)]
    [InlineData($"[{Good}]", 1)]
    [InlineData($" [ {Good} , {Good} ] \n", 2)]
    [InlineData($"{Good}\n{Good}\n", 2)]
    [InlineData($"\uFEFF[{Good}]", 1)]
    [InlineData($"\uFEFF{Good}", 1)]
    [InlineData("[]", 0)]
    [InlineData("", 0)]
    [InlineData(" \n ", 0)]
    public async Task Forms_of_a_body(string text, int samples)
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        Assert.Equal(samples, await ParseAsync(text, batch));
        Assert.Equal(samples, batch.Samples.Count);
        Assert.Empty(batch.Rejections);
    }

    [Fact]
    public async Task A_sample_comes_out_as_it_went_in()
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        await ParseAsync(
            $$"""{"network_out":6,"network_in":5,"disk_usage":4,"memory_limit":3,"memory_usage":null,"cpu_usage":-0,"timestamp":"2000-01-01T00:00:01Z","instance\u005fid":"{{Id}}","memory_percentage":12.5,"x":{"y":[{}] } }""", batch);
        Assert.Empty(batch.Rejections);
        Assert.Equal(Guid.Parse(Id), batch.Samples[0].Instance);
        Assert.Equal(1_000_000, batch.Samples[0].Time);
        Assert.Equal(
            new SampleValues { CpuUsage = 0, MemoryLimit = 3, DiskUsage = 4, NetworkIn = 5, NetworkOut = 6 },
            batch.Samples[0].Values);
    }

    [Theory]
    [InlineData("{0}[{0}{1}{0},{0}{1}{0},{1}{0}]{0}", 3)]
    [InlineData("{0}{1}{0}{1}{0}", 2)]
    [InlineData("{0}", 0)]
    public async Task White_space_between_elements_may_be_of_any_length(string form, int samples)
    {
        foreach (var blank in new[] { " ", "\n", " \r\n\t" })
        {
            using var batch = new UsageBatch(SampleWindow.Unbounded);
            var blanks = string.Concat(Enumerable.Repeat(blank, 400_000));
            Assert.Equal(samples, await ParseAsync(form.Replace("{0}", blanks, StringComparison.Ordinal).Replace("{1}", Good, StringComparison.Ordinal), batch));
            Assert.Equal(samples, batch.Samples.Count);
        }
        using var broken = new UsageBatch(SampleWindow.Unbounded);
        var e = await Assert.ThrowsAsync<RequestException>(() => ParseAsync($"[{Good}{new string('\n', 300_000)},{Good} x", broken));
        Assert.Equal(300_001L, e.Extensions["line"]);
    }

    [Fact]
    public async Task Text_is_the_same_with_escapes_for_all_of_it()
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        await ParseAsync($$"""{"instance_id":"{{Escaped(Id)}}","{{Escaped("timestamp")}}":"{{Escaped("2026-11-23T10:00:00.123456789123456789000000+00:00")}}"}""", batch);
        Assert.Equal(PostgresTime.FromInstant(new(2026, 11, 23, 10, 0, 0, 123, 456, TimeSpan.Zero)), batch.Samples[0].Time);
    }

    [Theory]
    [InlineData("5", RejectionCodes.NotAnObject)]
    [InlineData("null", RejectionCodes.NotAnObject)]
    [InlineData("[[1]]", RejectionCodes.NotAnObject)]
    [InlineData("{}", RejectionCodes.MissingField)]
    [InlineData($$"""{"instance_id":"{{Id}}"}""", RejectionCodes.MissingField)]
    [InlineData($$"""{"instance_id":null,"timestamp":"2026-11-23T10:00:00Z"}""", RejectionCodes.MissingField)]
    [InlineData($$"""{"instance_id":"{{Id}}","timestamp":1700000000}""", RejectionCodes.WrongType)]
    [InlineData($$"""{"instance_id":5,"timestamp":"2026-11-23T10:00:00Z"}""", RejectionCodes.WrongType)]
    [InlineData($$"""{"instance_id":"nope","timestamp":"2026-11-23T10:00:00Z"}""", RejectionCodes.InvalidInstanceId)]
    [InlineData($$"""{"instance_id":"5b0c0000000040008000000000000001","timestamp":"2026-11-23T10:00:00Z"}""", RejectionCodes.InvalidInstanceId)]
    [InlineData($$"""{"instance_id":"{{Id}}","timestamp":"yesterday"}""", RejectionCodes.InvalidTimestamp)]
    [InlineData($$"""{"instance_id":"{{Id}}","timestamp":"2026-11-23T10:00:00"}""", RejectionCodes.TimestampWithoutZone)]
    [InlineData($$"""{"instance_id":"{{Id}}","timestamp":"2026-11-23T10:00:00Z","cpu_usage":"12"}""", RejectionCodes.WrongType)]
    [InlineData($$"""{"instance_id":"{{Id}}","timestamp":"2026-11-23T10:00:00Z","cpu_usage":true}""", RejectionCodes.WrongType)]
    [InlineData($$"""{"instance_id":"{{Id}}","timestamp":"2026-11-23T10:00:00Z","cpu_usage":{"a":1} }""", RejectionCodes.WrongType)]
    [InlineData($$"""{"instance_id":"{{Id}}","timestamp":"2026-11-23T10:00:00Z","cpu_usage":1e400}""", RejectionCodes.OutOfRange)]
    [InlineData($$"""{"instance_id":"{{Id}}","timestamp":"2026-11-23T10:00:00Z","cpu_usage":1e30}""", RejectionCodes.OutOfRange)]
    [InlineData($$"""{"instance_id":"{{Id}}","timestamp":"2026-11-23T10:00:00Z","cpu_usage":-0.5}""", RejectionCodes.NegativeValue)]
    [InlineData($$"""{"instance_id":"{{Id}}","timestamp":"2026-11-23T10:00:00Z","memory_usage":-1}""", RejectionCodes.NegativeValue)]
    [InlineData($$"""{"instance_id":"{{Id}}","timestamp":"2026-11-23T10:00:00Z","memory_usage":1.5}""", RejectionCodes.NotAnInteger)]
    [InlineData($$"""{"instance_id":"{{Id}}","timestamp":"2026-11-23T10:00:00Z","network_in":9223372036854775808}""", RejectionCodes.OutOfRange)]
    [InlineData($$"""{"instance_id":"{{Id}}","timestamp":"2026-11-23T10:00:00Z","network_in":1e400}""", RejectionCodes.OutOfRange)]
    [InlineData($$"""{"instance_id":"{{Id}}","timestamp":"2026-11-23T10:00:00Z","disk_usage":1,"disk_usage":1}""", RejectionCodes.DuplicateField)]
    public async Task A_bad_sample_is_rejected_and_its_neighbours_are_kept(string bad, string code)
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        Assert.Equal(3, await ParseAsync($"[{Good},{bad},{Good}]", batch));
        Assert.Equal(2, batch.Samples.Count);
        var rejection = Assert.Single(batch.Rejections);
        Assert.Equal((1, code), (rejection.Index, rejection.Code));
        Assert.NotEmpty(rejection.Detail);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[")]
    [InlineData($"[{Good}")]
    [InlineData($"[{Good},")]
    [InlineData($"[{Good},]")]
    [InlineData($"[{Good}] x")]
    [InlineData($"[{Good}] {Good}")]
    [InlineData($"[{Good}] []")]
    [InlineData($"{Good} []")]
    [InlineData("5")]
    [InlineData("\"text\"")]
    [InlineData("NaN")]
    [InlineData("// comment")]
    [InlineData("\uFEFF\uFEFF[]")]
    [InlineData("{\"cpu_usage\":NaN}")]
    public async Task What_is_no_json_fails_as_a_whole(string text)
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        var e = await Assert.ThrowsAsync<RequestException>(() => ParseAsync(text, batch));
        Assert.Equal(400, e.Status);
    }

    [Fact]
    public async Task The_place_of_a_break_is_named()
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        var e = await Assert.ThrowsAsync<RequestException>(() => ParseAsync($"[{Good},\n{Good},\n  oops]", batch));
        Assert.Equal(2, e.Extensions["index"]);
        Assert.Equal(3L, e.Extensions["line"]);
        Assert.Equal(3L, e.Extensions["byte"]);
    }

    [Fact]
    public Task A_break_is_where_a_reader_of_the_whole_text_finds_it() => Gen.Select(Gen.Int[0, 2000], Gen.Char["\n{}[],:\"x1"].Select(c => (byte)c)).Array[1, 4].SampleAsync(async damages =>
    {
        var bytes = Encoding.UTF8.GetBytes($"[{Good}, {Good},{Good},\n{Good},{Good}, {{}},{Good}]");
        foreach (var (at, value) in damages)
            bytes[at % bytes.Length] = value;
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        try
        {
            await ParseAsync(bytes, batch);
        }
        catch (RequestException e)
        {
            if (e.Extensions.TryGetValue("line", out var line))
                Assert.Equal(Break(bytes), (line, e.Extensions["byte"]));
        }
    }, iter: 5_000);

    private static (object?, object?) Break(byte[] text)
    {
        var e = Assert.ThrowsAny<JsonException>(() => Read(text));
        return (e.LineNumber + 1, e.BytePositionInLine + 1);

        static void Read(byte[] text)
        {
            var reader = new Utf8JsonReader(text, new JsonReaderOptions { AllowMultipleValues = true });
            while (reader.Read())
            {
            }
        }
    }

    [Fact]
    public async Task Invalid_utf8_costs_its_sample_even_in_members_that_are_ignored()
    {
        var body = Encoding.UTF8.GetBytes($"[{{\"x\":\"?\"}},{Good}]");
        body[Array.IndexOf(body, (byte)'?')] = 0xff;
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        Assert.Equal(2, await ParseAsync(body, batch));
        Assert.Equal((0, RejectionCodes.Malformed, 1), (batch.Rejections[0].Index, batch.Rejections[0].Code, batch.Samples.Count));
    }

    [Fact]
    public async Task Deep_json_is_refused()
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        var deep = new string('[', 100_000);
        Assert.Equal(400, (await Assert.ThrowsAsync<RequestException>(() => ParseAsync($"[{{\"x\":{deep}", batch))).Status);
    }

    [Fact]
    public async Task One_sample_too_many_is_too_large()
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        var text = "[" + string.Join(',', Enumerable.Repeat(Good, 11)) + "]";
        Assert.Equal(413, (await Assert.ThrowsAsync<RequestException>(() => ParseAsync(text, batch, maxSamples: 10))).Status);
    }

    [Fact]
    public async Task A_single_endless_sample_is_too_large()
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        var text = "[{\"x\":\"" + new string('a', 1_000_000) + "\"}]";
        Assert.Equal(413, (await Assert.ThrowsAsync<RequestException>(() => ParseAsync(text, batch))).Status);
    }

    [Fact]
    public Task Wherever_the_body_is_cut_into_pieces_it_reads_the_same() => Gen.Int[1, 300].Array[1, 40].SampleAsync(async sizes =>
    {
        var text = "[" + string.Concat(Enumerable.Range(0, 20).Select(i => (i == 0 ? "" : i % 5 == 1 ? " ,\n" : ",") + (i % 7 == 3 ? "{\"a\":[1,{\"b\":null}]}" : Good))) + "]";
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        await using var pieces = new PiecewiseStream(Encoding.UTF8.GetBytes(text), sizes);
        using var body = new UsageBody(pieces, ArrayPool<byte>.Shared);
        Assert.Equal(20, await new JsonUsageParser(body, batch, 100).ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(17, batch.Samples.Count);
        Assert.Equal([3, 10, 17], batch.Rejections.Select(r => r.Index));
    }, iter: 200);

    [Theory]
    [InlineData("timestamp", "\\u0032\\ud800")]
    [InlineData("instance_id", "\\ud800")]
    [InlineData("x\\udfff", "1")]
    public async Task Half_of_a_surrogate_pair_is_a_fault_of_the_sample_and_no_crash(string name, string value)
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);

        Assert.Equal(1, await ParseAsync($$"""{"{{name}}":"{{value}}"}""", batch));

        Assert.Single(batch.Rejections);
    }

    [Fact]
    public Task A_damaged_body_is_read_or_refused_but_never_more() => Gen.Select(Gen.Int[0, 1000], Gen.Byte).Array[1, 5].SampleAsync(async damages =>
    {
        var bytes = Encoding.UTF8.GetBytes($"[{Good},{Good},{Good}]");
        foreach (var (at, value) in damages)
            bytes[at % bytes.Length] = value;
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        try
        {
            Assert.Equal(await ParseAsync(bytes, batch), batch.Samples.Count + batch.Rejections.Count);
        }
        catch (RequestException e)
        {
            Assert.InRange(e.Status, 400, 499);
        }
    }, iter: 20_000);

    private static string Escaped(string text) => string.Concat(text.Select(c => $"\\u{(int)c:x4}"));

    private static Task<int> ParseAsync(string text, UsageBatch batch, int maxSamples = 1000) =>
        ParseAsync(Encoding.UTF8.GetBytes(text), batch, maxSamples);

    private static async Task<int> ParseAsync(byte[] bytes, UsageBatch batch, int maxSamples = 1000)
    {
        using var body = new UsageBody(new MemoryStream(bytes), ArrayPool<byte>.Shared);
        return await new JsonUsageParser(body, batch, maxSamples).ReadAsync(TestContext.Current.CancellationToken);
    }
}
