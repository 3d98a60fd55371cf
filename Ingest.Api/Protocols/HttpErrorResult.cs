using System.Text.Json.Nodes;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>A JSON answer with a status, in the protocol's own names.</summary>
internal sealed class HttpErrorResult(int status, JsonObject body) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.ContentType = "application/json";
        return httpContext.Response.WriteAsync(body.ToJsonString(), httpContext.RequestAborted);
    }
}
