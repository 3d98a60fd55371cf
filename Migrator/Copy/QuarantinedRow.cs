using System.Text.RegularExpressions;

namespace LaunchStack.Migrator.Copy;

/// <summary>A whole row of the original as JSON, as <c>migration_quarantine</c> takes it.</summary>
internal static partial class QuarantinedRow
{
    /// <summary>The JSON, with U+FFFD for U+0000: a column of type json may hold that, jsonb may not.</summary>
    public static string ForJsonb(string json) =>
        json.Contains("\\u0000", StringComparison.Ordinal) ? Zero().Replace(json, "$1\\ufffd") : json;

    // Not after an odd number of backslashes: that is the text of an escape, not one.
    [GeneratedRegex("""(?<!\\)((?:\\\\)*)\\u0000""")]
    private static partial Regex Zero();
}
