using Snappier;

namespace LaunchStack.Ingest.Api.Protocols.Prometheus;

/// <summary>Decompresses a body in snappy's block format, whose announced length is checked before memory is taken.</summary>
internal static class SnappyBody
{
    // A copy element makes at most 64 bytes of 3.
    private const int MaxRatio = 22;

    /// <param name="compressed">The body.</param>
    /// <param name="maxBytes">Longest result (Ingest's limit of decompressed bytes).</param>
    /// <param name="buffers">Where the memory comes from; the caller gives it back.</param>
    /// <param name="length">Bytes of the result.</param>
    public static byte[] Decompress(
        ReadOnlySpan<byte> compressed, long maxBytes, System.Buffers.ArrayPool<byte> buffers, out int length)
    {
        byte[]? buffer = null;
        try
        {
            length = Snappy.GetUncompressedLength(compressed);
            if (length > maxBytes)
                throw Refusal.TooLarge($"{length} bytes decompressed, {maxBytes} are allowed.");
            if (length > ((long)compressed.Length + 1) * MaxRatio)
                throw Refusal.Malformed("The announced length is not that of the body.");
            buffer = buffers.Rent(length);
            length = Snappy.Decompress(compressed, buffer.AsSpan(0, length));
            // The decoder stops at the announced length, whatever follows.
            return End(compressed, length) == compressed.Length ? buffer : throw new InvalidDataException("Something follows the last element.");
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException or OverflowException or IndexOutOfRangeException)
        {
            if (buffer is not null)
                buffers.Return(buffer);
            throw Refusal.Malformed("The body is not in snappy's block format.", exception);
        }
    }

    /// <summary>Where the element ends that completes so many bytes. https://github.com/google/snappy/blob/main/format_description.txt</summary>
    private static int End(ReadOnlySpan<byte> compressed, int length)
    {
        var at = compressed.IndexOfAnyInRange((byte)0, (byte)0x7f) + 1;
        while (length > 0)
        {
            var tag = compressed[at++];
            if ((tag & 3) == 0)
            {
                var literal = tag >> 2;
                if (literal >= 60)
                {
                    var bytes = literal - 59;
                    literal = 0;
                    for (var i = bytes - 1; i >= 0; i--)
                        literal = (literal << 8) | compressed[at + i];
                    at += bytes;
                }
                at += literal + 1;
                length -= literal + 1;
            }
            else
            {
                length -= (tag & 3) == 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
                at += (tag & 3) switch { 1 => 1, 2 => 2, _ => 4 };
            }
        }
        return at;
    }
}
