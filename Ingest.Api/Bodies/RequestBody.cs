using System.IO.Compression;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>Opens a request's body: decompressed, and bounded before and after.</summary>
public static class RequestBody
{
    /// <summary>Encodings that are understood, for <c>Accept-Encoding</c> of a refusal (RFC 9110, 12.5.3).</summary>
    public const string Encodings = "gzip, br";

    /// <summary>The decoded body. Reading it throws <see cref="RequestException"/> when it is too large or broken.</summary>
    /// <exception cref="RequestException">415 for an unknown encoding, 413 for an announced length above the limit.</exception>
    public static Stream Open(HttpRequest request, BodyOptions limits)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(limits);
        var wire = OpenRaw(request, limits);
        var encoding = request.Headers.ContentEncoding.ToString().Trim();
        Stream? decoded = encoding.ToUpperInvariant() switch
        {
            "" or "IDENTITY" => null,
            "GZIP" or "X-GZIP" => new GZipStream(wire, CompressionMode.Decompress),
            "BR" => new BrotliStream(wire, CompressionMode.Decompress),
            _ => throw Unsupported(request, encoding),
        };
        return decoded is null
            ? wire
            : new BoundedStream(decoded, limits.MaxDecompressedBytes, "Ingest:Bodies:MaxDecompressedBytes");
    }

    /// <summary>The body as it comes over the wire.</summary>
    /// <exception cref="RequestException">413 for an announced length above the limit.</exception>
    public static Stream OpenRaw(HttpRequest request, BodyOptions limits)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(limits);
        // Kestrel's own limit closes the connection at once, and the client sees a broken pipe instead of the 413. Under ours Kestrel
        // reads on for a few seconds after the answer, keeping nothing.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } kestrel)
            kestrel.MaxRequestBodySize = null;
        return request.ContentLength > limits.MaxBytes
            ? throw BoundedStream.TooLarge(limits.MaxBytes, "Ingest:Bodies:MaxBytes")
            : new BoundedStream(request.Body, limits.MaxBytes, "Ingest:Bodies:MaxBytes");
    }

    private static RequestException Unsupported(HttpRequest request, string encoding)
    {
        request.HttpContext.Response.Headers[HeaderNames.AcceptEncoding] = Encodings;
        return new(StatusCodes.Status415UnsupportedMediaType, $"Content-Encoding '{Printable.Of(encoding)}' is not understood; use {Encodings} or none.");
    }
}
