using System.Text;
using System.Text.Json;
using CsCheck;
using LaunchStack.Agent.Delivery;

namespace LaunchStack.Agent.Tests.Delivery;

public class ReplyReaderTests
{
    private static readonly Gen<int> Status = Gen.OneOf<int>(Gen.Int[100, 599], Gen.OneOf(200, 201, 204, 400, 401, 403, 409, 413, 422, 429, 503));

    private static readonly Gen<string?> MediaType =
        Gen.OneOf<string?>("application/problem+json", "application/json", "APPLICATION/PROBLEM+JSON", "text/html", "", null);

    // Numbers around those that matter, and beyond what fits.
    private static readonly Gen<string> Number = Gen.OneOf<string>(
        Gen.Int[-1, 7].Select(n => $"{n}"), Gen.OneOf("null", "9223372036854775807", "1e400", "2.5", "\"3\"", "99999999999999999999", "[]"));

    private static readonly Gen<string> Rejection = Gen.OneOf<string>(
        Gen.Select(Number, Gen.OneOf("\"code\":\"unknown_instance\"", "\"code\":null", "\"code\":7", "\"detail\":\"because\"", "\"x\":1"))
            .Select((index, more) => $"{{\"index\":{index},{more}}}"),
        Gen.OneOf("null", "{}", "[]", "{\"code\":\"out_of_range\"}"));

    private static readonly Gen<string> Receipt = Gen.Select(
        Member("accepted", Number), Member("duplicates", Number), Member("rejected", Rejection.Array[0, 4].Select(all => $"[{string.Join(',', all)}]")),
        Gen.OneOf<string?>("\"title\":\"No sample was kept\"", "\"status\":400", "\"detail\":\"\\ud800\"", null),
        (accepted, duplicates, rejected, more) => $"{{{string.Join(',', new[] { accepted, duplicates, rejected, more }.Where(part => part is not null))}}}");

    private static readonly Gen<byte[]> Body = Gen.OneOf<byte[]>(
        Gen.Byte.Array[0, 60],
        Receipt.Select(Encoding.UTF8.GetBytes),
        Receipt.Select(Encoding.Unicode.GetBytes),
        Receipt.Select(text => Encoding.UTF8.Preamble.ToArray().Concat(Encoding.UTF8.GetBytes(text)).ToArray()),
        Gen.Select(Receipt, Gen.Int[0, 40], Gen.Byte, (text, place, value) =>
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            bytes[place % bytes.Length] = value;
            return bytes;
        }),
        Gen.Int[1, 200].Select(depth => Encoding.ASCII.GetBytes(new string('[', depth))));

    [Theory]
    [InlineData(5, """{"accepted":5,"duplicates":0,"rejected":[]}""", true)]
    [InlineData(5, """{"accepted":3,"duplicates":2}""", true)]
    [InlineData(5, """{"accepted":2,"duplicates":1,"rejected":[{"index":0,"code":"a"},{"index":4}]}""", true)]
    [InlineData(5, """{}""", false)]
    [InlineData(5, """{"accepted":4,"duplicates":0,"rejected":[]}""", false)]
    [InlineData(5, """{"accepted":6,"duplicates":0,"rejected":[]}""", false)]
    [InlineData(5, """{"accepted":6,"duplicates":-1,"rejected":[]}""", false)]
    [InlineData(5, """{"accepted":4,"duplicates":0,"rejected":[{"index":5,"code":"a"}]}""", false)]
    [InlineData(5, """{"accepted":4,"duplicates":0,"rejected":[{"code":"a"}]}""", false)]
    [InlineData(5, """{"accepted":4,"duplicates":0,"rejected":[null]}""", false)]
    [InlineData(5, """{"accepted":3,"duplicates":0,"rejected":[{"index":1,"code":"a"},{"index":1,"code":"a"}]}""", false)]
    [InlineData(5, """{"accepted":9223372036854775807,"duplicates":9223372036854775807}""", false)]
    [InlineData(5, """[5]""", false)]
    [InlineData(5, """null""", false)]
    public void Only_a_receipt_that_adds_up_to_what_was_sent_is_one(int sent, string body, bool isReceipt)
    {
        var answer = ReplyReader.OfPost(new(200, "application/json", Encoding.UTF8.GetBytes(body)), sent);
        Assert.Equal(isReceipt, answer is IngestAnswer.Taken);
        Assert.Equal(!isReceipt, answer is IngestAnswer.Misconfigured);
    }

    [Theory]
    [InlineData(400, "application/problem+json", """{"title":"Bad Request","status":400,"detail":"Sample 3: no number"}""", true)]
    [InlineData(422, "application/problem+json", """{"detail":"no such name"}""", true)]
    [InlineData(400, "application/problem+json", """{"title":"Bad Gateway","status":502}""", false)]
    [InlineData(400, "application/problem+json", "{}", false)]
    [InlineData(400, "application/json", """{"title":"Bad Request","status":400}""", false)]
    [InlineData(400, "text/html", "<html>", false)]
    [InlineData(400, null, "", false)]
    [InlineData(400, "application/problem+json", """{"title":"No sample was kept","status":400,"accepted":0,"duplicates":0,"rejected":[]}""", false)]
    public void A_refusal_is_one_only_if_a_problem_document_says_so(int status, string? mediaType, string body, bool isRefusal)
    {
        var answer = ReplyReader.OfPost(new(status, mediaType, Encoding.UTF8.GetBytes(body)), sent: 1);
        Assert.Equal(isRefusal, answer is IngestAnswer.Refused);
        Assert.Equal(!isRefusal, answer is IngestAnswer.Misconfigured);
    }

    [Fact]
    public void Text_of_the_answer_forges_no_line_of_the_log()
    {
        var answer = ReplyReader.OfPost(new(503, "application/problem+json", "{\"title\":\"busy\\n2026-11-23 agent: all is well\"}"u8.ToArray()), 1);
        Assert.Equal("503 busy 2026-11-23 agent: all is well", Assert.IsType<IngestAnswer.Unavailable>(answer).Reason);
    }

    [Fact]
    public void Whatever_is_answered_is_sorted_and_taken_only_where_it_adds_up() => Gen.Select(Status, MediaType, Body, Gen.Int[1, 5]).Sample(
        (status, mediaType, body, sent) =>
        {
            var reply = new IngestReply(status, mediaType, body);
            Assert.NotNull(ReplyReader.OfRegistration(reply));
            if (ReplyReader.OfPost(reply, sent) is IngestAnswer.Taken taken)
            {
                Assert.True(status is (>= 200 and < 300) or 400 or 422);
                var (accepted, duplicates, rejected) = Counts(body);
                Assert.True(accepted >= 0 && duplicates >= 0);
                Assert.Equal(sent, accepted + duplicates + rejected.Length);
                Assert.Equal(rejected.Length, rejected.Distinct().Count(index => index >= 0 && index < sent));
                Assert.Equal(rejected, (taken.Receipt.Rejected ?? []).Select(rejection => rejection!.Index!.Value));
            }
        },
        iter: 20_000);

    private static Gen<string?> Member(string name, Gen<string> value) => Gen.Frequency((4, value.Select(text => (string?)$"\"{name}\":{text}")), (1, Gen.Const((string?)null)));

    /// <summary>The same by the document model, which shares no code with the reader.</summary>
    private static (long Accepted, long Duplicates, int[] Rejected) Counts(byte[] body)
    {
        using var document = JsonDocument.Parse(Encoding.UTF8.GetString(body).TrimStart('\ufeff'));
        var root = document.RootElement;
        return (Number("accepted"), Number("duplicates"), root.TryGetProperty("rejected", out var rejected) && rejected.ValueKind == JsonValueKind.Array
            ? rejected.EnumerateArray().Select(rejection => rejection.GetProperty("index").GetInt32()).ToArray()
            : []);

        long Number(string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : 0;
    }
}
