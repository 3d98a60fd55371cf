using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>A JSON answer with a status, in the protocol's own names.</summary>
internal sealed class HttpErrorResult(int status, JsonObject body) : IResult
{
    // The lines that are named come back as they were sent, quotes and all; nobody puts this into HTML.
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.ContentType = "application/json";
        return httpContext.Response.WriteAsync(body.ToJsonString(Readable), httpContext.RequestAborted);
    }
}
