using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Protocols.Otlp;

/// <summary>
/// OTLP/gRPC's one method, over plain HTTP/2: five bytes (compressed or not, length), a message, and trailers.
/// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
/// </summary>
internal static class OtlpGrpc
{
    public const string Path = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

    private const int PrefixBytes = 5;

    public static async Task ExportAsync(HttpContext http, SeriesIngest ingest, TimeProvider time)
    {
        if (!http.Response.SupportsTrailers())
            throw Refusal.Unsupported("gRPC needs HTTP/2: use the address in Ingest:GrpcUrl, or /v1/metrics.");
        http.Response.ContentType = "application/grpc";
        try
        {
            using var deadline = new CancellationTokenSource(Timeout(http.Request.Headers["grpc-timeout"].ToString()), time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, deadline.Token);
            either.Token.ThrowIfCancellationRequested();
            using var batch = ingest.Open(http);
            using var body = await ProtocolBody.ReadRawAsync(http.Request, batch.Memory, either.Token);
            await ReadAsync(http.Request, body, batch, either.Token);
            var outcome = await ingest.WriteAsync(batch, either.Token);
            await WriteAsync(http.Response, OtlpAnswer.Response(outcome), http.RequestAborted);
            End(http.Response, GrpcCode.Ok, "");
        }
        catch (Exception exception) when (!http.RequestAborted.IsCancellationRequested && RequestFailure.Of(exception, http) is { } failure)
        {
            End(http.Response, OtlpAnswer.Code(failure), failure.Message);
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            End(http.Response, GrpcCode.DeadlineExceeded, "The grpc-timeout has passed.");
        }
    }

    /// <summary>The answer to a call that is refused before it gets here, as one without a key.</summary>
    public static IResult Failure(HttpContext http, RequestFailure failure)
    {
        if (!http.Response.SupportsTrailers())
            return TypedResults.Text(failure.Message, statusCode: failure.Status);
        http.Response.ContentType = "application/grpc";
        End(http.Response, OtlpAnswer.Code(failure), failure.Message);
        return TypedResults.Ok();
    }

    // "Timeout" of that document: at most eight digits, and a unit.
    private static TimeSpan Timeout(string text)
    {
        if (text.Length == 0)
            return System.Threading.Timeout.InfiniteTimeSpan;
        double unit = text[^1] switch
        {
            'H' => 3_600_000_000_000,
            'M' => 60_000_000_000,
            'S' => 1_000_000_000,
            'm' => 1_000_000,
            'u' => 1_000,
            'n' => 1,
            _ => 0,
        };
        return unit > 0 && text.Length <= 9 && uint.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var units)
            ? TimeSpan.FromDays(Math.Min(1, units * unit / 1e9 / 86_400))
            : throw Refusal.Malformed($"grpc-timeout '{Printable.Of(text)}' is none.");
    }

    private static async Task ReadAsync(HttpRequest request, PooledBody body, SeriesBatch batch, CancellationToken cancellationToken)
    {
        var frame = body.Memory;
        if (frame.Length < PrefixBytes || BinaryPrimitives.ReadUInt32BigEndian(frame.Span[1..]) != frame.Length - PrefixBytes)
            throw Refusal.Malformed("The body must be one length-prefixed message.");
        if (frame.Span[0] == 0)
        {
            new OtlpProtobufReader(frame.Span[PrefixBytes..], batch).Read();
            return;
        }

        var encoding = request.Headers["grpc-encoding"].ToString();
        MemoryMarshal.TryGetArray(frame[PrefixBytes..], out var encoded);
        var wire = new BoundedStream(
            new MemoryStream(encoded.Array!, encoded.Offset, encoded.Count, writable: false), batch.Memory.Limits.MaxBytes, "Ingest:Bodies:MaxBytes", batch.Work);
        await using var decoded = ContentCoding.Decode(encoding, wire, batch.Memory, batch.Work) ?? throw Unsupported(request, encoding);
        if (frame.Span[0] != 1 || decoded == wire)
            throw BadFlag(frame.Span[0]);
        using var message = await ProtocolBody.ReadAsync(decoded, batch.Memory, cancellationToken);
        new OtlpProtobufReader(message.Span, batch).Read();
    }

    // https://github.com/grpc/grpc/blob/master/doc/compression.md
    private static RequestException Unsupported(HttpRequest request, string encoding)
    {
        request.HttpContext.Response.Headers["grpc-accept-encoding"] = $"identity, {ContentCoding.Names}";
        return Refusal.Unsupported($"grpc-encoding '{Printable.Of(encoding)}' is not understood; send one of: identity, {ContentCoding.Names}.");
    }

    // INTERNAL, as that document wants it, though the sender is at fault.
    private static RequestException BadFlag(byte flag) => new(
        StatusCodes.Status500InternalServerError, $"The compressed flag is {flag}: it must be 0, or 1 with a grpc-encoding other than identity.");

    private static async Task WriteAsync(HttpResponse response, byte[] message, CancellationToken cancellationToken)
    {
        var frame = new byte[PrefixBytes + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, PrefixBytes);
        await response.Body.WriteAsync(frame, cancellationToken);
    }

    private static void End(HttpResponse response, GrpcCode code, string message)
    {
        response.AppendTrailer("grpc-status", ((int)code).ToString(CultureInfo.InvariantCulture));
        if (message.Length > 0)
            response.AppendTrailer("grpc-message", Encoded(message));
    }

    // "Percent-Encoded" of that document: clients show the rest as it stands.
    private static string Encoded(string message) => string.Concat(
        Encoding.UTF8.GetBytes(message).Select(one => one is >= 0x20 and <= 0x7E and not (byte)'%' ? $"{(char)one}" : $"%{one:X2}"));
}
