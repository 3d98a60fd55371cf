using System.Buffers.Binary;
using System.Numerics;

namespace LaunchStack.Agent.Spooling;

/// <summary>A record on disk: length (4 bytes), CRC-32C of the payload (4 bytes), payload; little endian.</summary>
internal static class RecordFormat
{
    public const int HeaderBytes = 8;

    /// <summary>A longer length is damage, not a record. A sample has about 250 bytes.</summary>
    public const int MaxPayloadBytes = 16 << 10;

    public static int Size(ReadOnlyMemory<byte> payload) => HeaderBytes + payload.Length;

    public static void Write(List<byte> target, ReadOnlySpan<byte> payload)
    {
        // A zero length would make a run of zeros, as a power failure leaves behind, look like valid records.
        if (payload.Length is 0 or > MaxPayloadBytes)
            throw new ArgumentException($"A record has 1 to {MaxPayloadBytes} bytes.", nameof(payload));

        Span<byte> header = stackalloc byte[HeaderBytes];
        BinaryPrimitives.WriteInt32LittleEndian(header, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Checksum(payload));
        target.AddRange(header);
        target.AddRange(payload);
    }

    /// <summary>The payload at the start of <paramref name="bytes"/>; null if no whole and sound record stands there.</summary>
    public static ReadOnlyMemory<byte>? Read(ReadOnlyMemory<byte> bytes)
    {
        if (WholeSize(bytes.Span) is not { } size)
            return null;

        var payload = bytes[HeaderBytes..size];
        if (Checksum(payload.Span) != BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[4..]))
            return null; // not by ?: — there null would become an empty payload
        return payload;
    }

    /// <summary>Size of the record at the start of <paramref name="bytes"/>, sound or not; null if it has no possible length or is cut short.</summary>
    public static int? WholeSize(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= HeaderBytes
        && BinaryPrimitives.ReadInt32LittleEndian(bytes) is > 0 and <= MaxPayloadBytes and var length
        && length <= bytes.Length - HeaderBytes
            ? HeaderBytes + length
            : null;

    /// <summary>
    /// Whether bytes that hold no whole record are the beginning of one, or zeros, as a write that was cut short leaves them.
    /// A whole record of which only the length was damaged is not: its checksum fits what is there.
    /// </summary>
    public static bool IsCutShort(ReadOnlySpan<byte> bytes) =>
        bytes.Length < HeaderBytes
        || bytes.IndexOfAnyExcept((byte)0) < 0
        || (BinaryPrimitives.ReadInt32LittleEndian(bytes) is > 0 and <= MaxPayloadBytes
            && Checksum(bytes[HeaderBytes..]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]));

    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
