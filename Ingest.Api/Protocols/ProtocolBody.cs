using LaunchStack.Ingest.Api.Bodies;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>Reads a request's body into memory, bounded before and after decompression.</summary>
internal static class ProtocolBody
{
    private const int FirstBytes = 32 * 1024;

    /// <summary>The body, decoded.</summary>
    public static async Task<PooledBody> ReadAsync(HttpRequest request, BodyMemory memory, CancellationToken cancellationToken)
    {
        await using var stream = RequestBody.Open(request, memory);
        return await ReadAsync(stream, memory, cancellationToken);
    }

    /// <summary>The body as it came.</summary>
    public static async Task<PooledBody> ReadRawAsync(HttpRequest request, BodyMemory memory, CancellationToken cancellationToken)
    {
        await using var stream = RequestBody.OpenRaw(request, memory);
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
                if (length < buffer.Length)
                    continue;
                // A body just as long as the limit must not cost twice the limit, only to see that it ends there.
                var next = new byte[1];
                if (await stream.ReadAsync(next, cancellationToken) == 0)
                    break;
                buffer = Grow(buffer, memory);
                buffer[length++] = next[0];
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
        var larger = memory.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        memory.Return(buffer);
        return larger;
    }
}
