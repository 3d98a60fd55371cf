using System.Text.Json;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>A body of JSON: one that is none is refused as a whole, an element with a value of the wrong type alone.</summary>
internal static class JsonBody
{
    /// <summary>The document; a byte order mark before it is no part of it.</summary>
    /// <exception cref="RequestException">It is no JSON.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> body, int maxDepth)
    {
        try
        {
            return JsonDocument.Parse(body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body, new JsonDocumentOptions { MaxDepth = maxDepth });
        }
        catch (JsonException exception)
        {
            throw Refusal.Malformed(
                $"Line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}: this is not JSON.", exception);
        }
    }

    /// <summary>Whether <see cref="JsonElement"/> means by it that a value is not what was asked for.</summary>
    public static bool IsWrongType(Exception exception) =>
        exception is InvalidOperationException or FormatException or KeyNotFoundException or OverflowException;
}
