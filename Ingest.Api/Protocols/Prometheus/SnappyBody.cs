using Snappier;

namespace LaunchStack.Ingest.Api.Protocols.Prometheus;

/// <summary>Decompresses a body in snappy's block format, whose announced length is checked before memory is taken.</summary>
internal static class SnappyBody
{
    // A copy element makes at most 64 bytes of 3.
    private const int HighestRatio = 22;

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
            if (length > ((long)compressed.Length + 1) * HighestRatio)
                throw Refusal.Malformed("The announced length is not that of the body.");
            buffer = buffers.Rent(length);
            length = Snappy.Decompress(compressed, buffer.AsSpan(0, length));
            return buffer;
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException or OverflowException)
        {
            if (buffer is not null)
                buffers.Return(buffer);
            throw Refusal.Malformed("The body is not in snappy's block format.", exception);
        }
    }
}
