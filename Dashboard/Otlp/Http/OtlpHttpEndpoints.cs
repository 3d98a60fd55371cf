using Google.Protobuf;
using LaunchStack.Dashboard.Otlp.Json;
using Microsoft.Extensions.Options;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace LaunchStack.Dashboard.Otlp.Http;

/// <summary>OTLP/HTTP: protobuf or JSON in, the same out (https://opentelemetry.io/docs/specs/otlp/#otlphttp).</summary>
internal static class OtlpHttpEndpoints
{
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    public static void MapOtlpHttp(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/v1/traces", (HttpContext context, OtlpReceiver receiver) => HandleAsync<ExportTraceServiceRequest>(context, receiver.Export));
        endpoints.MapPost("/v1/logs", (HttpContext context, OtlpReceiver receiver) => HandleAsync<ExportLogsServiceRequest>(context, receiver.Export));
        endpoints.MapPost("/v1/metrics", (HttpContext context, OtlpReceiver receiver) => HandleAsync<ExportMetricsServiceRequest>(context, receiver.Export));
    }

    private static async Task HandleAsync<T>(HttpContext context, Func<T, IMessage> export) where T : class, IMessage<T>, new()
    {
        var type = context.Request.ContentType?.Split(';')[0].Trim();
        var json = string.Equals(type, Json, StringComparison.OrdinalIgnoreCase);
        if (!json && !string.Equals(type, Protobuf, StringComparison.OrdinalIgnoreCase))
        {
            await AnswerAsync(context, true, StatusCodes.Status415UnsupportedMediaType, Fault(3, $"Content-Type must be {Protobuf} or {Json}."));
            return;
        }

        try
        {
            var limit = context.RequestServices.GetRequiredService<IOptions<DashboardOptions>>().Value.TelemetryLimits.MaxRequestBytes;
            var body = await OtlpBody.ReadAsync(context.Request, limit, context.RequestAborted);
            var request = json ? OtlpJsonReader.Read<T>(body) : Parse<T>(body.Span);
            await AnswerAsync(context, json, StatusCodes.Status200OK, export(request));
        }
        catch (OtlpFormatException e)
        {
            await AnswerAsync(context, json, StatusCodes.Status400BadRequest, Fault(3, e.Message));
        }
        catch (BadHttpRequestException e)
        {
            await AnswerAsync(context, json, e.StatusCode, Fault(e.StatusCode == StatusCodes.Status413PayloadTooLarge ? 8 : 3, e.Message));
        }
    }

    private static T Parse<T>(ReadOnlySpan<byte> body) where T : IMessage<T>, new()
    {
        try
        {
            var message = new T();
            message.MergeFrom(body);
            return message;
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new OtlpFormatException($"The body is not this export's protobuf: {e.Message}", e);
        }
    }

    private static Rpc.Status Fault(int code, string message) => new() { Code = code, Message = message };

    private static async Task AnswerAsync(HttpContext context, bool json, int status, IMessage message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = json ? Json : Protobuf;
        var bytes = json ? OtlpJsonWriter.Write(message) : message.ToByteArray();
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
