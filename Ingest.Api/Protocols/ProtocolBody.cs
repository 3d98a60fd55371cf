using System.Buffers;
using LaunchStack.Ingest.Api.Bodies;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>Reads a request's body into memory, bounded before and after decompression.</summary>
internal static class ProtocolBody
{
    private const int FirstBytes = 32 * 1024;

    /// <summary>The body, decompressed (gzip, br).</summary>
    public static async Task<PooledBody> ReadAsync(HttpRequest request, BodyOptions limits, CancellationToken cancellationToken)
    {
        await using var stream = RequestBody.Open(request, limits);
        return await ReadAsync(stream, cancellationToken);
    }

    /// <summary>The body as it came.</summary>
    public static async Task<PooledBody> ReadRawAsync(HttpRequest request, BodyOptions limits, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limits.MaxBytes)
            throw BoundedStream.TooLarge(limits.MaxBytes, "Ingest:Bodies:MaxBytes");
        await using var stream = new BoundedStream(request.Body, limits.MaxBytes, "Ingest:Bodies:MaxBytes");
        return await ReadAsync(stream, cancellationToken);
    }

    /// <summary>A stream to its end.</summary>
    public static async Task<PooledBody> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBytes);
        var length = 0;
        try
        {
            while (await stream.ReadAsync(buffer.AsMemory(length), cancellationToken) is > 0 and var count)
            {
                length += count;
                if (length == buffer.Length)
                    buffer = Grow(buffer);
            }

            return new PooledBody(buffer, length);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
