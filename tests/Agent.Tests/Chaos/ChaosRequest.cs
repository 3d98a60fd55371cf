using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace LaunchStack.Agent.Tests.Chaos;

/// <summary>A request read from a socket.</summary>
internal sealed record ChaosRequest(string Method, string Path, byte[] Body)
{
    public bool IsPost => Method == "POST";

    public static async Task<ChaosRequest?> ReadAsync(Stream stream)
    {
        if (await ReadLineAsync(stream) is not { Length: > 0 } first)
            return null;

        int? length = null;
        while (await ReadLineAsync(stream) is { Length: > 0 } header)
        {
            if (header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                length = int.Parse(header.AsSpan("Content-Length:".Length), CultureInfo.InvariantCulture);
        }

        var parts = first.Split(' ');
        return new(parts[0], parts[1], length is { } bytes ? await ReadBytesAsync(stream, bytes) : await ReadChunksAsync(stream));
    }

    public JsonElement[] Samples()
    {
        using var gzip = new GZipStream(new MemoryStream(Body), CompressionMode.Decompress);
        using var json = JsonDocument.Parse(gzip);
        return json.RootElement.EnumerateArray().Select(sample => sample.Clone()).ToArray();
    }

    private static async Task<byte[]> ReadChunksAsync(Stream stream)
    {
        var body = new MemoryStream();
        while (int.Parse(await ReadLineAsync(stream) ?? "0", NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var size)
        {
            body.Write(await ReadBytesAsync(stream, size));
            await ReadLineAsync(stream);
        }

        await ReadLineAsync(stream);
        return body.ToArray();
    }

    private static async Task<byte[]> ReadBytesAsync(Stream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    private static async Task<string?> ReadLineAsync(Stream stream)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one) > 0)
        {
            if (one[0] == '\n')
                return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }

        return null;
    }
}
