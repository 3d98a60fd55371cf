using System.Globalization;
using LaunchStack.Ingest.Api.Problems;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>Why a request was refused as a whole, for a protocol to say in its own words.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Message">The reason.</param>
/// <param name="RetryAfter">When to come again; null when sending it again will not help.</param>
internal sealed record ProtocolFailure(int Status, string Message, TimeSpan? RetryAfter)
{
    /// <summary>What an exception means to a client, null when it is an error of ours.</summary>
    public static ProtocolFailure? Of(Exception exception) => exception switch
    {
        RequestException e => new(e.Status, e.Message, null),
        BadHttpRequestException e => new(e.StatusCode, e.Message, null),
        TooManyRequestsException e => new(StatusCodes.Status429TooManyRequests, e.Message, e.RetryAfter),
        DatabaseUnavailableException e => new(StatusCodes.Status503ServiceUnavailable, e.Message, e.RetryAfter),
        _ => null,
    };

    /// <summary>Sets the header of the same name.</summary>
    public void SetRetryAfter(HttpResponse response)
    {
        if (RetryAfter is { } after)
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
    }
}
