using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>Opens a request's body: decoded, and bounded before and after.</summary>
internal static class RequestBody
{
    /// <summary>The decoded body. Reading it throws <see cref="RequestException"/> when it is too large or broken.</summary>
    /// <exception cref="RequestException">415 for an unknown encoding, 413 for an announced length above the limit.</exception>
    public static Stream Open(HttpRequest request, BodyMemory memory)
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        return ContentCoding.Decode(encoding, OpenRaw(request, memory), memory, RequestWork.Of(request.HttpContext))
            ?? throw Unsupported(request, encoding, ContentCoding.Names);
    }

    /// <summary>The body as it comes over the wire.</summary>
    /// <exception cref="RequestException">413 for an announced length above the limit.</exception>
    public static BoundedStream OpenRaw(HttpRequest request, BodyMemory memory)
    {
        // Kestrel's own limit closes the connection at once, and the client sees a broken pipe instead of the 413. Under ours Kestrel
        // reads on for a few seconds after the answer, keeping nothing.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } kestrel)
            kestrel.MaxRequestBodySize = null;
        var limit = memory.Limits.MaxBytes;
        return request.ContentLength > limit
            ? throw BoundedStream.TooLarge(limit, "Ingest:Bodies:MaxBytes")
            : new BoundedStream(request.Body, limit, "Ingest:Bodies:MaxBytes", RequestWork.Of(request.HttpContext));
    }

    /// <summary>415, with the encodings that are understood in the header that is there for it.</summary>
    public static RequestException Unsupported(HttpRequest request, string encoding, string accepted)
    {
        request.HttpContext.Response.Headers[HeaderNames.AcceptEncoding] = accepted;
        return new(
            StatusCodes.Status415UnsupportedMediaType,
            $"Content-Encoding '{Printable.Of(encoding)}' is not understood; send one of: {accepted}.");
    }
}
