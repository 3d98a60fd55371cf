using System.Buffers;
using System.Text;
using CsCheck;
using LaunchStack.Ingest.Api.Usage;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Tests.Usage;

public sealed class NdjsonUsageParserTests
{
    private const string Good = """{"instance_id":"5b0c0000-0000-4000-8000-000000000001","timestamp":"2026-11-23T10:00:00Z"}""";

    [Fact]
    public async Task A_broken_line_costs_only_itself()
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        Assert.Equal(4, await ParseAsync($"{Good}\n{{\"bad\n\n\r\n{Good} x\r\n{Good}", batch));
        Assert.Equal([0, 3], batch.Samples.Rows.ToArray().Select(row => row.Index));
        Assert.Equal([(1, RejectionCodes.Malformed), (2, RejectionCodes.Malformed)], batch.Rejections.Select(r => (r.Index, r.Code)));
        Assert.StartsWith("line 2,", batch.Rejections[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_nests_too_deep_is_told_so()
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        Assert.Equal(2, await ParseAsync($"{Good[..^1]},\"x\":{new string('[', 64)}{new string(']', 64)}}}\n{Good}", batch));
        Assert.Contains("deeper than 64", Assert.Single(batch.Rejections).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_byte_order_mark_is_skipped_in_whatever_pieces_it_comes()
    {
        foreach (var size in new[] { 1, 2, 3, 4 })
        {
            using var batch = new UsageBatch(SampleWindow.Unbounded);
            using var stream = new PiecewiseStream(Encoding.UTF8.GetBytes($"\uFEFF{Good}\n{Good}"), [size]);
            using var body = new UsageBody(stream, ArrayPool<byte>.Shared);
            Assert.Equal(2, await new NdjsonUsageParser(body, batch, 10).ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal(2, batch.Samples.Count);
        }
    }

    [Fact]
    public async Task Blanks_before_a_sample_may_be_of_any_length()
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        var blanks = new string(' ', 300_000);
        Assert.Equal(2, await ParseAsync($"{Good}\n{blanks}\n{blanks}{Good}", batch));
        Assert.Equal(2, batch.Samples.Count);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("5")]
    public async Task A_line_is_one_object(string line)
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        Assert.Equal(1, await ParseAsync(line, batch));
        Assert.Equal(RejectionCodes.NotAnObject, Assert.Single(batch.Rejections).Code);
    }

    [Fact]
    public Task Every_line_of_garbage_is_counted() => Gen.Byte.Array[0, 200].SampleAsync(async bytes =>
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        using var body = new UsageBody(new MemoryStream(bytes), ArrayPool<byte>.Shared);
        var seen = await new NdjsonUsageParser(body, batch, 1000).ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(seen, batch.Samples.Count + batch.Rejections.Count);
    }, iter: 2000);

    private static async Task<int> ParseAsync(string text, UsageBatch batch)
    {
        using var body = new UsageBody(new MemoryStream(Encoding.UTF8.GetBytes(text)), ArrayPool<byte>.Shared);
        return await new NdjsonUsageParser(body, batch, 1000).ReadAsync(TestContext.Current.CancellationToken);
    }
}
