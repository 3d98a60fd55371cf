using System.Globalization;
using System.Text;

namespace LaunchStack.Agent.Tests.Chaos;

/// <summary>
/// Answers that no Ingest.Api gives: any code, any body, any bytes. Only one is missing, a receipt that adds up although nothing was
/// taken, which nobody could tell from the truth.
/// </summary>
internal sealed class ChaosAnswers(Random random)
{
    private static readonly int[] Statuses = [200, 200, 200, 201, 202, 204, 206, 301, 302, 400, 401, 403, 404, 405, 408, 409, 413, 415, 418, 422, 425, 429, 500, 502, 503, 504, 599];

    private static readonly string[] Types =
    [
        "application/json", "application/json; charset=utf8", "application/json; charset=utf-16", "application/problem+json", "text/html",
        "text/plain; charset=x-none", "application/octet-stream", "=", "application/json; charset=\"", "\u00ff/\u0001", "",
    ];

    // None asks for so long that the test would wait.
    private static readonly string[] RetryAfter = ["", "", "0", "-1", "soon", "0.5", "99999999999999999999", "Thu, 01 Jan 1970 00:00:00 GMT", "\u00fe"];

    /// <summary>Bytes to be sent, after which the connection is closed or not.</summary>
    public (byte[] Bytes, bool Closes) Next(int sent)
    {
        var whole = Whole(sent);
        return random.Next(12) switch
        {
            0 => (whole[..random.Next(whole.Length)], true),
            1 => (RandomBytes(random.Next(300)), true),
            2 => (Latin1($"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{Body(sent)}"), true),
            3 => (Latin1($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{Body(sent)}\r\n0\r\n\r\n"), true),
            4 => (Latin1($"HTTP/1.1 503 Busy\r\n{string.Concat(Enumerable.Range(0, 200).Select(n => $"X-{n}: {new string('x', 1000)}\r\n"))}\r\n"), true),
            5 => (Latin1(string.Concat(Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", random.Next(1, 50)))).Concat(whole).ToArray(), false),
            6 => (Latin1($"HTTP/1.0 200 OK\r\n\r\n{Body(sent)}"), true),
            7 when random.Next(10) == 0 => (Latin1($"HTTP/1.1 200 OK\r\nContent-Length: 12000000\r\n\r\n{new string('[', 12_000_000)}"), true),
            8 => ([], true),
            _ => (whole, false),
        };
    }

    private byte[] Whole(int sent)
    {
        var body = random.Next(5) == 0 ? RandomBytes(random.Next(200)) : Encoding.UTF8.GetBytes(Body(sent));
        var retryAfter = Pick(RetryAfter);
        var status = Pick(Statuses);
        if (status == 204)
            body = [];
        var head = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Chaos\r\nContent-Type: {Pick(Types)}\r\nContent-Length: {body.Length}\r\n")
            + (retryAfter.Length > 0 ? $"Retry-After: {retryAfter}\r\n" : "")
            + (random.Next(4) == 0 ? "Content-Encoding: gzip\r\nSet-Cookie: a=\u00ff; Domain=.\r\n" : "");
        return [.. Latin1(head + "\r\n"), .. body];
    }

    private string Body(int sent) => random.Next(14) switch
    {
        0 => "",
        1 => "{}",
        2 => "null",
        3 => "<html>502 Bad Gateway</html>",
        4 => $$"""{"accepted":{{sent + random.Next(1, 5)}},"duplicates":0,"rejected":[]}""",
        5 => $$"""{"accepted":{{sent - 1}},"duplicates":0,"rejected":[]}""",
        6 => $$"""{"accepted":{{sent + 1}},"duplicates":-1,"rejected":[]}""",
        7 => $$"""{"accepted":{{sent - 1}},"duplicates":0,"rejected":[{"index":{{sent}},"code":"x"}]}""",
        8 => """{"accepted":0,"duplicates":0,"rejected":[{"code":"x"},null,{"index":-1}]}""",
        9 => """{"accepted":1e999,"duplicates":99999999999999999999,"rejected":{}}""",
        10 => """{"title":"chaos","status":400,"detail":"line\nbreak \u0000 \ud83d\ude00"}""",
        11 => """{"title":"chaos","status":422}""",
        12 => new string('[', 5000),
        _ => $$"""{"accepted":{{sent}},"duplicates":0,"rejected":[""",
    };

    private byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private T Pick<T>(T[] all) => all[random.Next(all.Length)];

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);
}
