using System.Text.Json;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>A body of JSON: one that is none is refused as a whole, an element with a value of the wrong type alone.</summary>
internal static class JsonBody
{
    // Some sixty maps within maps, each four levels. JsonDocument takes no stack for them, but time.
    private const int MaxDepth = 256;

    // Some 25,000 points of five attributes. Beside the longest body they are no more than what that one held while its buffer grew.
    private const int MaxTokens = 5 << 18;

    // JsonDocument has a row of 12 bytes for each, in a table that doubles.
    private const int TokenBytes = 24;

    /// <summary>Reads the document; a byte order mark before it is no part of it.</summary>
    /// <exception cref="RequestException">It is no JSON, or has too many values.</exception>
    /// <exception cref="LaunchStack.Usage.Writing.TooManyRequestsException">Other requests hold the memory for them.</exception>
    public static void Read(ReadOnlyMemory<byte> body, IMemoryBudget budget, Action<JsonElement> read)
    {
        var held = (long)TokenBytes * CountTokens(body.Span);
        budget.Take(held);
        try
        {
            using var document = Parse(body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body);
            read(document.RootElement);
        }
        finally
        {
            budget.Give(held);
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
        }
        catch (JsonException exception)
        {
            throw Refusal.Malformed(
                $"Line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}: this is not JSON, or nests deeper than {MaxDepth}.", exception);
        }
    }

    // At most: what stands in a text is none.
    private static int CountTokens(ReadOnlySpan<byte> body)
    {
        var count = 1;
        foreach (var mark in "{}[],:"u8)
            count += body.Count(mark);
        return count <= MaxTokens ? count : throw Refusal.TooLarge($"More than {MaxTokens} names and values of JSON in one request. Send smaller ones.");
    }

    /// <summary>Whether <see cref="JsonElement"/> means by it that a value is not what was asked for.</summary>
    public static bool IsWrongType(Exception exception) =>
        exception is InvalidOperationException or FormatException or KeyNotFoundException or OverflowException;
}
