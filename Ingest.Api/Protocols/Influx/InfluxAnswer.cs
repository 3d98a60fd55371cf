using System.Text.Json.Nodes;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Protocols.Influx;

/// <summary>
/// The answers of InfluxDB 1 (<c>{"error":…}</c>) and 2 (<c>{"code":…,"message":…,"line":…}</c>); of both: 204 when every
/// line was taken, 400 when some were not, which then were left out while the others were written.
/// </summary>
internal sealed class InfluxAnswer
{
    private readonly bool _isVersion2;

    private InfluxAnswer(bool isVersion2) => _isVersion2 = isVersion2;

    public static InfluxAnswer Version1 { get; } = new(false);

    public static InfluxAnswer Version2 { get; } = new(true);

    public IResult Written(InfluxReading reading, SeriesOutcome outcome)
    {
        var dropped = reading.Dropped + outcome.Refused;
        if (dropped == 0)
            return TypedResults.NoContent();

        var reasons = reading.Errors.Select(error => error.ToString()).ToList();
        if (reading.Dropped > reading.Errors.Count)
            reasons.Add($"and {reading.Dropped - reading.Errors.Count} lines more");
        reasons.AddRange(outcome.Refusals);
        var message = string.Join('\n', reasons);
        // As InfluxDB: what held no good line at all is not called partial.
        if (reading.Points > 0)
            message = $"partial write: {message} dropped={dropped}";
        return Answer(StatusCodes.Status400BadRequest, message, reading.Errors.Count > 0 ? reading.Errors[0].Line : null);
    }

    public IResult Failure(RequestFailure failure) => Answer(failure.Status, failure.Message, null);

    private HttpErrorResult Answer(int status, string message, int? line)
    {
        if (!_isVersion2)
            return new(status, message);
        // https://docs.influxdata.com/influxdb/v2/api/: the codes of its errors.
        var code = status switch
        {
            StatusCodes.Status401Unauthorized => "unauthorized",
            StatusCodes.Status403Forbidden => "forbidden",
            StatusCodes.Status404NotFound => "not found",
            StatusCodes.Status405MethodNotAllowed => "method not allowed",
            StatusCodes.Status413PayloadTooLarge => "request too large",
            StatusCodes.Status415UnsupportedMediaType => "unsupported media type",
            StatusCodes.Status422UnprocessableEntity => "unprocessable entity",
            StatusCodes.Status429TooManyRequests => "too many requests",
            StatusCodes.Status500InternalServerError => "internal error",
            StatusCodes.Status503ServiceUnavailable => "unavailable",
            _ => "invalid",
        };
        var body = new JsonObject { ["code"] = code, ["message"] = message };
        if (line is { } number)
            body["line"] = number;
        return new(status, body);
    }
}
