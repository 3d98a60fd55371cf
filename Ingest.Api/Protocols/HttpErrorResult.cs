using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>An answer with a status, in the protocol's own form.</summary>
internal sealed class HttpErrorResult(int status, string contentType, byte[] body) : IResult
{
    // The lines that are named come back as they were sent, quotes and all; nobody puts this into HTML.
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A JSON answer, in the protocol's own names.</summary>
    public HttpErrorResult(int status, JsonObject body)
        : this(status, "application/json", Encoding.UTF8.GetBytes(body.ToJsonString(Readable)))
    {
    }

    /// <summary><c>{"error":…}</c>.</summary>
    public HttpErrorResult(int status, string message) : this(status, new JsonObject { ["error"] = message })
    {
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.ContentType = contentType;
        return httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted).AsTask();
    }
}
