using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LaunchStack.Migrator.Ledger;

/// <summary>A whole row of the original as JSON, as <c>migration_quarantine</c> takes it.</summary>
internal static partial class QuarantinedRow
{
    // jsonb holds 256 MiB at most; a character takes up to three bytes.
    private const int LongestRow = 64_000_000;
    private const int LongestValue = 1_000_000;
    private const int Kept = 1000;

    /// <summary>
    /// The JSON, with U+FFFD for U+0000: a column of type json may hold that, jsonb may not. Of a row that jsonb cannot hold, long
    /// values are cut and say so.
    /// </summary>
    public static string ForJsonb(string json)
    {
        if (json.Length > LongestRow)
            json = Cut(json);
        return json.Contains("\\u0000", StringComparison.Ordinal) ? Zero().Replace(json, "$1\\ufffd") : json;
    }

    private static string Cut(string json)
    {
        var row = JsonNode.Parse(json)!.AsObject();
        foreach (var name in row.Select(column => column.Key).ToList())
        {
            var value = row[name]?.ToString() ?? "";
            if (value.Length > LongestValue)
                row[name] = string.Create(CultureInfo.InvariantCulture, $"{value.AsSpan(0, Kept)}… ({value.Length} characters, all in the original)");
        }

        return row.ToJsonString();
    }

    // Not after an odd number of backslashes: that is the text of an escape, not one.
    [GeneratedRegex("""(?<!\\)((?:\\\\)*)\\u0000""")]
    private static partial Regex Zero();
}
