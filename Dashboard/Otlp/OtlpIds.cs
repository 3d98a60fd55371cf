using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;

namespace LaunchStack.Dashboard.Otlp;

/// <summary>Trace ids as 128-bit and span ids as 64-bit numbers: no allocation, and cheap keys. Zero is "none".</summary>
internal static class OtlpIds
{
    public static bool TryTrace(ByteString bytes, out UInt128 id)
    {
        id = bytes.Length == 16 ? BinaryPrimitives.ReadUInt128BigEndian(bytes.Span) : 0;
        return id != 0;
    }

    public static bool TrySpan(ByteString bytes, out ulong id)
    {
        id = bytes.Length == 8 ? BinaryPrimitives.ReadUInt64BigEndian(bytes.Span) : 0;
        return id != 0;
    }

    public static string Hex(UInt128 id) => id.ToString("x32", CultureInfo.InvariantCulture);

    public static string Hex(ulong id) => id.ToString("x16", CultureInfo.InvariantCulture);

    public static bool TryParseTrace(string? text, out UInt128 id)
    {
        id = 0;
        return text is { Length: 32 } && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);
    }

    public static bool TryParseSpan(string? text, out ulong id)
    {
        id = 0;
        return text is { Length: 16 } && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);
    }
}
