using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using LaunchStack.Ingest.Api.Mapping;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>
/// Text of others' formats. What is no Unicode (a mount point in Latin-1, half a surrogate pair) is still somebody's name: it is read as
/// well as it can be, so that it costs neither its value nor its neighbours. Bytes that are no UTF-8 are Latin-1, since then two different
/// names stay two.
/// </summary>
internal static class WireText
{
    // Of a text in JSON, where a character takes at most six: one that is longer is too long for a series however it is read.
    private const int MaxJsonBytes = 6 * SeriesCatalog.MaxKeyBytes;

    public static string Of(ReadOnlySpan<byte> bytes) => (Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes);

    /// <summary>The beginning of a text that is longer than anybody reads.</summary>
    public static string Start(ReadOnlySpan<byte> bytes) => Of(bytes[..Math.Min(bytes.Length, 1_024)]);

    /// <summary>A string of JSON; null counts as empty.</summary>
    /// <exception cref="InvalidOperationException">It is neither.</exception>
    public static string Of(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String && JsonMarshal.GetRawUtf8Value(element) is { Length: > MaxJsonBytes } raw)
            return Encoding.Latin1.GetString(raw.Slice(1, SeriesCatalog.MaxKeyBytes + 1));
        try
        {
            return element.GetString() ?? "";
        }
        catch (InvalidOperationException) when (element.ValueKind == JsonValueKind.String)
        {
            // JSON's escapes are among those of a regular expression. Encoding replaces a half of a pair.
            var text = Regex.Unescape(Of(JsonMarshal.GetRawUtf8Value(element)[1..^1]));
            return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        }
    }

    /// <summary>A string in a member of an object; empty where there is none.</summary>
    public static string Of(JsonElement owner, string name) => owner.TryGetProperty(name, out var text) ? Of(text) : "";
}
