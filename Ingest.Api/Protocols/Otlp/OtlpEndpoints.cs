using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.Net.Http.Headers;

namespace LaunchStack.Ingest.Api.Protocols.Otlp;

/// <summary>OpenTelemetry metrics over HTTP. https://opentelemetry.io/docs/specs/otlp/#otlphttp</summary>
public static class OtlpEndpoints
{
    private const string Json = "application/json";

    /// <summary>Maps <c>POST /v1/metrics</c> and the gRPC method.</summary>
    public static void MapOtlp(this IEndpointRouteBuilder routes)
    {
        routes.MapProtocol("/v1/metrics", WriteAsync, (http, failure) => OtlpAnswer.Failure(IsJson(http.Request), failure))
            .WithTags("OpenTelemetry")
            .WithName("OtlpMetrics")
            .WithSummary("OTLP metrics, protobuf or JSON; gzip, deflate, br, zstd or plain.")
            .Produces(StatusCodes.Status200OK, contentType: ProtoReader.MediaType)
            .Produces(StatusCodes.Status415UnsupportedMediaType);
        routes.MapPost(OtlpGrpc.Path, OtlpGrpc.ExportAsync)
            .RequireAuthorization(Scopes.Ingest).WithMetadata(new FailureForm(OtlpGrpc.Failure)).ExcludeFromDescription();
    }

    private static async Task<IResult> WriteAsync(HttpContext http, SeriesIngest ingest)
    {
        var isJson = IsJson(http.Request);
        if (!isJson && !Is(http.Request, ProtoReader.MediaType))
            throw Refusal.Unsupported($"Content-Type must be {ProtoReader.MediaType} or {Json}.");
        using var batch = ingest.Open(http);
        using var body = await ProtocolBody.ReadAsync(http.Request, batch.Memory, http.RequestAborted);
        if (isJson)
            new OtlpJsonReader(batch).Read(body.Memory);
        else
            new OtlpProtobufReader(body.Span, batch).Read();
        return OtlpAnswer.Written(isJson, await ingest.WriteAsync(batch, http.RequestAborted));
    }

    private static bool IsJson(HttpRequest request) => Is(request, Json);

    private static bool Is(HttpRequest request, string mediaType) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase);
}
