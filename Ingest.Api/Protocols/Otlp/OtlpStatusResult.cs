namespace LaunchStack.Ingest.Api.Protocols.Otlp;

/// <summary>A <c>google.rpc.Status</c> as the body of an HTTP error.</summary>
internal sealed class OtlpStatusResult(int status, byte[] body) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.ContentType = "application/x-protobuf";
        return httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted).AsTask();
    }
}
