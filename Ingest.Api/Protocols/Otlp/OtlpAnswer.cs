using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Protocols.Otlp;

/// <summary>OTLP's answers: <c>ExportMetricsServiceResponse</c> and <c>google.rpc.Status</c>, in the request's encoding.</summary>
internal static class OtlpAnswer
{
    /// <summary>200, with a partial success where rows were refused. Unmapped values are not: they are no error.</summary>
    public static IResult Written(bool isJson, SeriesOutcome outcome)
    {
        if (!isJson)
            return TypedResults.Bytes(Response(outcome), ProtoReader.MediaType);
        var body = new JsonObject();
        if (outcome.Refused > 0)
        {
            body["partialSuccess"] = new JsonObject
            {
                ["rejectedDataPoints"] = outcome.Refused.ToString(CultureInfo.InvariantCulture),
                ["errorMessage"] = string.Join(' ', outcome.Refusals),
            };
        }

        return new HttpErrorResult(StatusCodes.Status200OK, body);
    }

    public static IResult Failure(bool isJson, RequestFailure failure) => isJson
        ? new HttpErrorResult(failure.Status, new JsonObject { ["code"] = (int)Code(failure), ["message"] = failure.Message })
        : new HttpErrorResult(failure.Status, ProtoReader.MediaType, Status(Code(failure), failure.Message));

    /// <summary><c>ExportMetricsServiceResponse</c> as protobuf; nothing at all when everything was taken.</summary>
    public static byte[] Response(SeriesOutcome outcome)
    {
        if (outcome.Refused == 0)
            return [];
        var partial = new ArrayBufferWriter<byte>();
        Varint(partial, 1, (ulong)outcome.Refused);
        Text(partial, 2, string.Join(' ', outcome.Refusals));
        var response = new ArrayBufferWriter<byte>();
        Bytes(response, 1, partial.WrittenSpan);
        return response.WrittenSpan.ToArray();
    }

    /// <summary>The code that stands for a failure; only <see cref="GrpcCode.Unavailable"/> makes clients come again.</summary>
    public static GrpcCode Code(RequestFailure failure) => failure.Status switch
    {
        StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable => GrpcCode.Unavailable,
        StatusCodes.Status413PayloadTooLarge => GrpcCode.ResourceExhausted,
        StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed or StatusCodes.Status415UnsupportedMediaType => GrpcCode.Unimplemented,
        StatusCodes.Status401Unauthorized => GrpcCode.Unauthenticated,
        StatusCodes.Status403Forbidden => GrpcCode.PermissionDenied,
        StatusCodes.Status500InternalServerError => GrpcCode.Internal,
        _ => GrpcCode.InvalidArgument,
    };

    private static byte[] Status(GrpcCode code, string message)
    {
        var status = new ArrayBufferWriter<byte>();
        Varint(status, 1, (ulong)code);
        Text(status, 2, message);
        return status.WrittenSpan.ToArray();
    }

    private static void Text(ArrayBufferWriter<byte> writer, int field, string text) =>
        Bytes(writer, field, Encoding.UTF8.GetBytes(text));

    private static void Bytes(ArrayBufferWriter<byte> writer, int field, ReadOnlySpan<byte> bytes)
    {
        Varint(writer, (ulong)((field << 3) | (int)ProtoWire.Bytes));
        Varint(writer, (ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void Varint(ArrayBufferWriter<byte> writer, int field, ulong value)
    {
        Varint(writer, (ulong)((field << 3) | (int)ProtoWire.Varint));
        Varint(writer, value);
    }

    private static void Varint(ArrayBufferWriter<byte> writer, ulong value)
    {
        Span<byte> one = stackalloc byte[1];
        for (; value >= 0x80; value >>= 7)
        {
            one[0] = (byte)(value | 0x80);
            writer.Write(one);
        }

        one[0] = (byte)value;
        writer.Write(one);
    }
}
