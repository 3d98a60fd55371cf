using LaunchStack.Ingest.Api.Bodies;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>Reads a request's body into memory, bounded before and after decompression.</summary>
internal static class ProtocolBody
{
    private const int FirstBytes = 32 * 1024;

    /// <summary>The body, decompressed (gzip, br).</summary>
    public static async Task<PooledBody> ReadAsync(HttpRequest request, BodyMemory memory, CancellationToken cancellationToken)
    {
        await using var stream = RequestBody.Open(request, memory.Limits);
        return await ReadAsync(stream, memory, cancellationToken);
    }

    /// <summary>The body as it came.</summary>
    public static async Task<PooledBody> ReadRawAsync(HttpRequest request, BodyMemory memory, CancellationToken cancellationToken)
    {
        await using var stream = RequestBody.OpenRaw(request, memory.Limits);
        return await ReadAsync(stream, memory, cancellationToken);
    }

    /// <summary>A stream to its end.</summary>
    public static async Task<PooledBody> ReadAsync(Stream stream, BodyMemory memory, CancellationToken cancellationToken)
    {
        var buffer = memory.Rent(FirstBytes);
        var length = 0;
        try
        {
            while (await stream.ReadAsync(buffer.AsMemory(length), cancellationToken) is > 0 and var count)
            {
                length += count;
                if (length == buffer.Length)
                    buffer = Grow(buffer, memory);
            }

            return new PooledBody(buffer, length, memory);
        }
        catch
        {
            memory.Return(buffer);
            throw;
        }
    }

    private static byte[] Grow(byte[] buffer, BodyMemory memory)
    {
        // One byte beyond the limits: the stream refuses the body before that is full.
        var longest = Math.Min(Array.MaxLength, Math.Max(memory.Limits.MaxBytes, memory.Limits.MaxDecompressedBytes) + 1);
        var larger = memory.Rent((int)Math.Max(buffer.Length + 1L, Math.Min(buffer.Length * 2L, longest)));
        buffer.CopyTo(larger, 0);
        memory.Return(buffer);
        return larger;
    }
}
