using System.Globalization;
using LaunchStack.Usage.Writing;
using Microsoft.AspNetCore.Diagnostics;

namespace LaunchStack.Aggregator.Problems;

/// <summary>A database that is away is 503 with Retry-After; what else is thrown stays an error of ours.</summary>
internal sealed class DatabaseUnavailableHandler : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not DatabaseUnavailableException away)
            return false;
        httpContext.Response.Headers.RetryAfter =
            Math.Max(1, (int)Math.Ceiling(away.RetryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        await TypedResults.Problem(away.Message, statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(httpContext);
        return true;
    }
}
