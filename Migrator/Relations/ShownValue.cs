using System.Globalization;
using System.Text.Json;

namespace LaunchStack.Migrator.Relations;

/// <summary>Values of a row for people to read.</summary>
internal static class ShownValue
{
    private const int MaxLength = 100;

    /// <summary>One column of a row that is given as a JSON object, as JSON; null where the row lacks it.</summary>
    public static string Of(string row, string column)
    {
        using var json = JsonDocument.Parse(row);
        return Shorten(json.RootElement.TryGetProperty(column, out var value) ? value.GetRawText() : "null");
    }

    /// <summary>The beginning of a long text, and how long it is.</summary>
    public static string Shorten(string text) =>
        text.Length <= MaxLength ? text : string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, MaxLength)}… ({text.Length} characters)");
}
