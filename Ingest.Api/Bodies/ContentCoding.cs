using System.Collections.Frozen;
using System.IO.Compression;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>The codings in which a body may come (RFC 9110, 8.4.1), over HTTP and over gRPC.</summary>
internal static class ContentCoding
{
    /// <summary>Their names, for <c>Accept-Encoding</c> of a refusal (RFC 9110, 12.5.3).</summary>
    public const string Names = "gzip, deflate, br, zstd";

    // RFC 9659: what a sender may count on, and must not exceed.
    private const int ZstdWindowLog = 23;

    private const int DeflateWindow = 32 * 1024;
    private const int BrotliWindow = 16 * 1024 * 1024;

    private static readonly FrozenDictionary<string, Coding> Decoders =
        new Dictionary<string, Coding>
        {
            ["gzip"] = new(Gzip, DeflateWindow, HasMembers: true),
            ["x-gzip"] = new(Gzip, DeflateWindow, HasMembers: true),
            ["deflate"] = new(wire => new DeflateBody(wire), DeflateWindow, HasMembers: false),
            ["br"] = new(wire => new BrotliStream(wire, CompressionMode.Decompress), BrotliWindow, HasMembers: false),
            ["zstd"] = new(Zstd, 1 << ZstdWindowLog, HasMembers: true),
        }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    // The runtime takes a stream that ends early for a whole one unless told so before the first is made.
    static ContentCoding() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    /// <summary>Whether a body of this coding can be decoded; none is no coding.</summary>
    public static bool IsKnown(string coding) => Decoders.ContainsKey(coding.Trim());

    /// <summary>Decodes a body; bounded by <see cref="BodyOptions.MaxDecompressedBytes"/>.</summary>
    /// <returns>The body itself where it is not encoded, null where the coding is not known.</returns>
    public static Stream? Decode(string coding, BoundedStream wire, BodyMemory memory, RequestWork work)
    {
        if (coding.Trim() is "" || coding.Trim().Equals("identity", StringComparison.OrdinalIgnoreCase))
            return wire;
        return Decoders.TryGetValue(coding.Trim(), out var known)
            ? new BoundedStream(
                new DecodedStream(wire, known, memory),
                memory.Limits.MaxDecompressedBytes, "Ingest:Bodies:MaxDecompressedBytes", work)
            : null;
    }

    private static GZipStream Gzip(Stream wire) => new(wire, CompressionMode.Decompress);

    private static DecompressionStream Zstd(Stream wire)
    {
        var stream = new DecompressionStream(wire, leaveOpen: false);
        stream.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, ZstdWindowLog);
        return stream;
    }
}
