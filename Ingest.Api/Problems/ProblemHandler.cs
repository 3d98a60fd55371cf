using System.Globalization;
using System.Text.Json;
using LaunchStack.Usage.Writing;
using Microsoft.AspNetCore.Diagnostics;

namespace LaunchStack.Ingest.Api.Problems;

/// <summary>Turns the exceptions that mean something to a client into their status; the rest stays an error of ours.</summary>
internal sealed class ProblemHandler : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext http, Exception exception, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            // The client is gone; nobody reads what we would write.
            http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }
        var result = exception switch
        {
            RequestException e => TypedResults.Problem(e.Message, statusCode: e.Status, extensions: e.Extensions),
            TooManyRequestsException e => Later(http, StatusCodes.Status429TooManyRequests, e.Message, e.RetryAfter),
            DatabaseUnavailableException e => Later(http, StatusCodes.Status503ServiceUnavailable, e.Message, e.RetryAfter),
            BadHttpRequestException e => TypedResults.Problem(Place(e), statusCode: e.StatusCode),
            _ => null,
        };
        if (result is null)
            return false;
        await result.ExecuteAsync(http);
        return true;
    }

    private static string Place(BadHttpRequestException e) => e.InnerException is JsonException json
        ? $"The body does not read as expected at {Printable.Of(json.Path)}, line {json.LineNumber + 1}, byte {json.BytePositionInLine + 1} of it."
        : e.Message;

    private static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult Later(HttpContext http, int status, string message, TimeSpan after)
    {
        http.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return TypedResults.Problem(message, statusCode: status);
    }
}
