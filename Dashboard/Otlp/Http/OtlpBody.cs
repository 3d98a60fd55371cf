using System.IO.Compression;

namespace LaunchStack.Dashboard.Otlp.Http;

/// <summary>Reads a request's body, unpacked, up to a limit: a small gzip can hold gigabytes.</summary>
internal static class OtlpBody
{
    /// <exception cref="OtlpFormatException">The packing is broken.</exception>
    /// <exception cref="BadHttpRequestException">413 over the limit, 415 for an encoding other than gzip.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, int limit, CancellationToken cancellation)
    {
        var encoding = request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant();
        if (encoding is not ("" or "identity" or "gzip"))
            throw new BadHttpRequestException("Content-Encoding must be gzip or absent.", StatusCodes.Status415UnsupportedMediaType);
        if (request.ContentLength > limit) throw TooLarge(limit);
        await using var unpacked = encoding == "gzip" ? new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true) : null;
        var source = unpacked ?? request.Body;
        using var whole = new MemoryStream();
        var part = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await source.ReadAsync(part, cancellation)) > 0)
            {
                if (whole.Length + read > limit) throw TooLarge(limit);
                whole.Write(part, 0, read);
            }
        }
        catch (InvalidDataException e)
        {
            throw new OtlpFormatException("The body is not gzip.", e);
        }

        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }

    private static BadHttpRequestException TooLarge(int limit) =>
        new($"An export may have {limit} bytes (Dashboard:TelemetryLimits:MaxRequestBytes); send smaller batches.", StatusCodes.Status413PayloadTooLarge);
}
