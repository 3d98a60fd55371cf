using System.Text;
using CsCheck;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Writing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Tests.Bodies;

public class RequestBodyTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 50).Select(i => $"line {i * 7919}\n")));

    private static async Task<byte[]> ReadAsync(byte[] body, string coding, BodyOptions? limits = null, BodyMemory? memory = null)
    {
        var request = new DefaultHttpContext().Request;
        request.Body = new MemoryStream(body);
        request.Headers.ContentEncoding = coding;
        await using var stream = RequestBody.Open(request, memory ?? new(Options.Create(limits ?? new())));
        using var target = new MemoryStream();
        await stream.CopyToAsync(target, TestContext.Current.CancellationToken);
        return target.ToArray();
    }

    private static async Task<int> RefusedAsync(byte[] body, string coding, BodyOptions? limits = null) =>
        (await Assert.ThrowsAsync<RequestException>(() => ReadAsync(body, coding, limits))).Status;

    public static TheoryData<string> Codings => [.. Encoded.Names];

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task A_body_is_decoded(string coding)
    {
        Assert.Equal(Text, await ReadAsync(Encoded.By(coding, Text), Encoded.Header(coding)));
        Assert.Equal(Text, await ReadAsync(Encoded.By(coding, Text), Encoded.Header(coding).ToUpperInvariant()));
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task A_body_that_ends_before_its_encoding_is_refused_wherever_it_was_cut(string coding)
    {
        var body = Encoded.By(coding, Text);
        for (var length = 0; length < body.Length; length++)
            Assert.Equal(400, await RefusedAsync(body[..length], Encoded.Header(coding)));
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task A_body_that_goes_on_after_its_encoding_is_refused(string coding)
    {
        var body = Encoded.By(coding, Text);
        foreach (var rest in (byte[][])[[0], [0x1f], [13, 10], new byte[100], new byte[20_000]])
            Assert.Equal(400, await RefusedAsync([.. body, .. rest], Encoded.Header(coding)));
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task Encodings_that_may_follow_each_other_are_decoded_and_others_refused(string coding)
    {
        // RFC 1952, 2.2: members; RFC 8878, 3.1: frames.
        var twice = Enumerable.Repeat(Encoded.By(coding, Text), 2).SelectMany(bytes => bytes).ToArray();
        if (coding is "gzip" or "zstd")
            Assert.Equal(Text.Concat(Text), await ReadAsync(twice, Encoded.Header(coding)));
        else
            Assert.Equal(400, await RefusedAsync(twice, Encoded.Header(coding)));
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public Task A_changed_body_is_decoded_or_refused(string coding)
    {
        var body = Encoded.By(coding, Text);
        return Gen.Select(Gen.Int[0, body.Length - 1], Gen.Byte).SampleAsync(
            async (at, with) =>
            {
                var changed = body.ToArray();
                changed[at] = with;
                try
                {
                    await ReadAsync(changed, Encoded.Header(coding));
                }
                catch (RequestException exception)
                {
                    Assert.True(exception.Status is 400 or 413);
                }
            },
            iter: 300, threads: 1);
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task A_bomb_ends_at_the_limit(string coding) => Assert.Equal(
        413, await RefusedAsync(Encoded.By(coding, new byte[1_000_000]), Encoded.Header(coding), new() { MaxDecompressedBytes = 100_000 }));

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task What_a_decoder_keeps_is_counted_and_given_back(string coding)
    {
        var memory = new BodyMemory(Options.Create(new BodyOptions { MaxBytesHeld = 20_000 }));
        var body = Encoded.By(coding, new byte[1_000_000]);
        await Assert.ThrowsAsync<TooManyRequestsException>(() => ReadAsync(body, Encoded.Header(coding), memory: memory));
        Assert.Equal(0, memory.Held);
        Assert.Equal(Text, await ReadAsync(Encoded.By(coding, Text), Encoded.Header(coding), memory: memory));
        Assert.Equal(0, memory.Held);
    }

    [Fact]
    public async Task A_window_larger_than_senders_may_use_is_refused()
    {
        using var target = new MemoryStream();
        using (var stream = new ZstdSharp.CompressionStream(target, leaveOpen: true))
        {
            stream.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_windowLog, 27);
            stream.Write(Text);
        }
        Assert.Equal(400, await RefusedAsync(target.ToArray(), "zstd"));
    }

    [Fact]
    public async Task A_dictionary_that_only_the_sender_has_is_refused()
    {
        // RFC 1950: FDICT set, and the dictionary's checksum.
        Assert.Equal(400, await RefusedAsync([0x78, 0x20, 1, 2, 3, 4, 0x4b, 0x4c, 0x04, 0x00], "deflate"));
        using var compressor = new ZstdSharp.Compressor();
        compressor.LoadDictionary(Text);
        Assert.Equal(400, await RefusedAsync(compressor.Wrap(Text).ToArray(), "zstd"));
    }

    [Theory]
    [InlineData("compress")]
    [InlineData("snappy")]
    [InlineData("gzip, gzip")]
    public void Another_encoding_is_told_which_there_are(string coding)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.ContentEncoding = coding;
        var refusal = Assert.Throws<RequestException>(() => RequestBody.Open(request, new(Options.Create(new BodyOptions()))));
        Assert.Equal(415, refusal.Status);
        Assert.Contains("gzip, deflate, br, zstd", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("gzip, deflate, br, zstd", request.HttpContext.Response.Headers.AcceptEncoding);
    }
}
