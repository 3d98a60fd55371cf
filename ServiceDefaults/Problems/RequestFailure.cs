using System.Globalization;
using System.Text.Json;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Instances;
using LaunchStack.Usage.Writing;
using Microsoft.AspNetCore.Http;
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
    /// <summary>What an exception means to a client, null when it is an error of ours.</summary>
    public static RequestFailure? Of(Exception exception) => exception switch
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
