using System.Globalization;
using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace LaunchStack.Ingest.Api.Protocols.Prometheus;

/// <summary>Prometheus' remote write, versions 1.0 and 2.0.</summary>
public static class RemoteWriteEndpoints
{
    internal const string Version1 = "prometheus.WriteRequest";
    internal const string Version2 = "io.prometheus.write.v2.Request";

    /// <summary>Maps <c>POST /api/v1/write</c>.</summary>
    public static void MapRemoteWrite(this IEndpointRouteBuilder routes) =>
        routes.MapProtocol("/api/v1/write", WriteAsync, Failed)
            .WithTags("Prometheus remote write")
            .WithName("RemoteWrite")
            .WithSummary("Remote write 1.0 and 2.0: protobuf in snappy (its block format), zstd, gzip, deflate or br. 400 is never retried by clients, 429 and 503 are.")
            .Produces(StatusCodes.Status204NoContent)
            .Produces(StatusCodes.Status415UnsupportedMediaType);

    private static async Task<IResult> WriteAsync(HttpContext http, SeriesIngest ingest)
    {
        var isVersion2 = IsVersion2(http.Request);
        using var batch = ingest.Open(http);
        var counts = await ReadAsync(http.Request, isVersion2, batch, http.RequestAborted);
        var outcome = await ingest.WriteAsync(batch, http.RequestAborted);

        if (isVersion2)
            SetWritten(http.Response, counts.Samples + counts.Stale - outcome.Refused, counts.Histograms, counts.Exemplars);
        return ProtocolAnswer.Of(outcome, $"of {counts.Samples} samples", (status, message) => TypedResults.Text(message, statusCode: status));
    }

    private static async Task<RemoteWriteCounts> ReadAsync(HttpRequest request, bool isVersion2, SeriesBatch batch, CancellationToken cancellationToken)
    {
        using var body = await DecodeAsync(request, batch, cancellationToken);
        return isVersion2 ? new RemoteWrite2Reader(body.Span, batch).Read() : RemoteWriteReader.Read(body.Span, batch);
    }

    // Prometheus sends snappy; zstd is what VictoriaMetrics' agents prefer.
    private static async Task<PooledBody> DecodeAsync(HttpRequest request, SeriesBatch batch, CancellationToken cancellationToken)
    {
        var memory = batch.Memory;
        if (!IsSnappy(request))
            return await ProtocolBody.ReadAsync(request, memory, cancellationToken);
        using var compressed = await ProtocolBody.ReadRawAsync(request, memory, cancellationToken);
        var buffer = SnappyBody.Decompress(compressed.Span, memory.Limits.MaxDecompressedBytes, memory, out var length);
        batch.Work.Add(length);
        return new(buffer, length, memory);
    }

    // The protocol's one encoding, and so that of clients that name none; Prometheus' own receiver takes them too.
    private static bool IsSnappy(HttpRequest request) =>
        request.Headers.ContentEncoding.ToString().Trim() is var encoding
        && (encoding.Length == 0 || encoding.Equals("snappy", StringComparison.OrdinalIgnoreCase));

    // A 2.0 sender that gets 2xx without these takes the receiver for one that understood nothing; 1.0 does not know them. What is left
    // out on purpose (stale markers, what no column takes) counts as written: it is not to come again.
    private static void SetWritten(HttpResponse response, int samples, int histograms, int exemplars)
    {
        response.Headers["X-Prometheus-Remote-Write-Samples-Written"] = Text(samples);
        response.Headers["X-Prometheus-Remote-Write-Histograms-Written"] = Text(histograms);
        response.Headers["X-Prometheus-Remote-Write-Exemplars-Written"] = Text(exemplars);

        static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);
    }

    private static ContentHttpResult Failed(HttpContext http, RequestFailure failure)
    {
        if (http.Request.ContentType?.Contains(Version2, StringComparison.Ordinal) == true)
            SetWritten(http.Response, 0, 0, 0);
        return TypedResults.Text(failure.Message, statusCode: failure.Status);
    }

    private static bool IsVersion2(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        if (!IsSnappy(request) && !ContentCoding.IsKnown(encoding))
            throw RequestBody.Unsupported(request, encoding, $"snappy, {ContentCoding.Names}");
        // Likewise of those that name no version.
        if (string.IsNullOrWhiteSpace(request.ContentType))
            return false;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals(ProtoReader.MediaType, StringComparison.OrdinalIgnoreCase))
        {
            throw Refusal.Unsupported($"Content-Type must be {ProtoReader.MediaType}.");
        }

        foreach (var parameter in type.Parameters)
        {
            if (!parameter.Name.Equals("proto", StringComparison.OrdinalIgnoreCase))
                continue;
            return parameter.GetUnescapedValue().ToString() switch
            {
                Version1 => false,
                Version2 => true,
                _ => throw Refusal.Unsupported($"The Content-Type's proto must be {Version1} or {Version2}."),
            };
        }

        return false;
    }
}
