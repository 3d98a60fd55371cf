using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace LaunchStack.ServiceDefaults.Problems;

/// <summary>Answers a <see cref="RequestFailure"/> as a problem document; what else is thrown stays an error of ours.</summary>
internal sealed class ProblemHandler : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        // While its body is read, the connection's end comes before the request's.
        if (cancellationToken.IsCancellationRequested || exception is ConnectionResetException or ConnectionAbortedException)
        {
            // The client is gone; nobody reads what we would write.
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }
        if (RequestFailure.Of(exception, httpContext) is not { } failure)
            return false;
        failure.SetRetryAfter(httpContext.Response);
        await TypedResults.Problem(failure.Message, statusCode: failure.Status, title: failure.Title, extensions: failure.Extensions).ExecuteAsync(httpContext);
        return true;
    }
}
