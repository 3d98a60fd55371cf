using System.IO.Compression;

namespace LaunchStack.Ingest.Api.Tests.Bodies;

/// <summary>Encodes bodies as clients do.</summary>
internal static class Encoded
{
    /// <summary>Every coding of HTTP that is understood.</summary>
    public static IReadOnlyList<string> Names { get; } = ["gzip", "deflate", "raw-deflate", "br", "zstd"];

    /// <summary>The name that goes into the header.</summary>
    public static string Header(string coding) => coding == "raw-deflate" ? "deflate" : coding;

    public static byte[] By(string? coding, byte[] body)
    {
        using var target = new MemoryStream();
        using (var stream = Encoder(coding, target))
            stream.Write(body);
        return target.ToArray();
    }

    private static Stream Encoder(string? coding, Stream target) => coding switch
    {
        "gzip" => new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true),
        "deflate" => new ZLibStream(target, CompressionLevel.Fastest, leaveOpen: true),
        "raw-deflate" => new DeflateStream(target, CompressionLevel.Fastest, leaveOpen: true),
        "br" => new BrotliStream(target, CompressionLevel.Fastest, leaveOpen: true),
        "zstd" => new ZstdSharp.CompressionStream(target, leaveOpen: true),
        _ => target,
    };
}
