using LaunchStack.ServiceDefaults.Problems;
using Microsoft.Net.Http.Headers;

namespace LaunchStack.Ingest.Api.Usage;

/// <summary>What a body of <c>POST /v1/usage</c> claims to be.</summary>
internal enum UsageFormat
{
    Json,
    Ndjson,
}

/// <summary>Reads <see cref="UsageFormat"/> from <c>Content-Type</c>.</summary>
internal static class UsageFormats
{
    public const string Json = "application/json";
    public const string Ndjson = "application/x-ndjson";

    private static readonly string[] NdjsonNames = [Ndjson, "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/json-lines"];

    /// <exception cref="RequestException">415: missing, another type, or another character set than UTF-8.</exception>
    public static UsageFormat Of(HttpRequest request)
    {
        if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
        {
            if (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
                && !type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase))
                throw new RequestException(StatusCodes.Status415UnsupportedMediaType, $"charset '{Printable.Of(type.Charset.Value)}' is not understood; JSON is UTF-8.");
            if (type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase))
                return UsageFormat.Json;
            if (NdjsonNames.Any(name => type.MediaType.Equals(name, StringComparison.OrdinalIgnoreCase)))
                return UsageFormat.Ndjson;
        }
        throw new RequestException(
            StatusCodes.Status415UnsupportedMediaType,
            $"Content-Type '{Printable.Of(request.ContentType)}' is not understood; send {Json} or {Ndjson}.");
    }
}
