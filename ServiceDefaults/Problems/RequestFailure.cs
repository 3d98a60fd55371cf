using System.Globalization;
using System.Text.Json;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Instances;
using LaunchStack.Usage.Writing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LaunchStack.ServiceDefaults.Problems;

/// <summary>Why a request is refused: the one map from exceptions to statuses. Each protocol says it in its own form.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Message">The reason.</param>
/// <param name="RetryAfter">When to come again; null when sending it again will not help.</param>
/// <param name="Extensions">More members of a problem document.</param>
/// <param name="Title">Its title; null: the status' own.</param>
public sealed record RequestFailure(
    int Status, string Message, TimeSpan? RetryAfter = null, IDictionary<string, object?>? Extensions = null, string? Title = null)
{
    // The generator of log messages knows no records.
    private static readonly Action<ILogger, string, Exception?> Refused = LoggerMessage.Define<string>(
        LogLevel.Error, new(1, "StatementRefused"), "The database refuses a statement of {Path}, and will until the schema (run the migrator), a grant or this program is mended");

    /// <summary>
    /// What an exception means to a client, null when it is an error of ours. A statement that the server refuses for good is one too, but
    /// whoever sent the request keeps it until that is mended: it is told to come again, and who runs the service what is wrong.
    /// </summary>
    public static RequestFailure? Of(Exception exception, HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        if (exception is DatabaseUnavailableException { InnerException: PostgresException refused } && (PostgresErrors.IsOtherSchema(refused) || !PostgresErrors.Passes(refused)))
            Refused(http.RequestServices.GetRequiredService<ILogger<RequestFailure>>(), Printable.Of(http.Request.Path), exception);
        return Of(exception);
    }

    private static RequestFailure? Of(Exception exception) => exception switch
    {
        RequestException e => new(e.Status, e.Message, null, e.Extensions, e.Title),
        RequestTooLargeException e => new(StatusCodes.Status413PayloadTooLarge, e.Message),
        InstanceException e => new(StatusCodes.Status422UnprocessableEntity, e.Message),
        TooManyRequestsException e => new(StatusCodes.Status429TooManyRequests, e.Message, e.RetryAfter),
        DatabaseUnavailableException e => new(StatusCodes.Status503ServiceUnavailable, e.Message, e.RetryAfter),
        BrokerUnavailableException e => new(StatusCodes.Status503ServiceUnavailable, e.Message, DatabaseExecutor.RetryAfter),
        NpgsqlException e when e.IsTransient || PostgresErrors.IsOutage(e) =>
            new(StatusCodes.Status503ServiceUnavailable, PostgresErrors.ForClient(e), DatabaseExecutor.RetryAfter),
        BadHttpRequestException { InnerException: JsonException json } e => new(
            e.StatusCode, $"The body does not read as expected at {Printable.Of(json.Path)}, line {json.LineNumber + 1}, byte {json.BytePositionInLine + 1} of it."),
        // The framework speaks to who wrote the endpoint.
        BadHttpRequestException e when e.Message.StartsWith("Implicit body inferred", StringComparison.Ordinal) => new(e.StatusCode, "The body is empty, or null: send a JSON object."),
        BadHttpRequestException e => new(e.StatusCode, e.Message),
        _ => null,
    };

    /// <summary>Sets the header of the same name, in whole seconds.</summary>
    public void SetRetryAfter(HttpResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        if (RetryAfter is { } after)
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
    }
}
