using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LaunchStack.Migrator.Ledger;

/// <summary>A whole row of the original as JSON, as <c>migration_quarantine</c> takes it.</summary>
internal static partial class QuarantinedRow
{
    // jsonb holds 256 MiB at most; a character takes up to three bytes.
    private const int MaxRowBytes = 64_000_000;
    private const int MaxValueLength = 1_000_000;
    private const int Kept = 1000;

    // numeric takes 131,072 digits before the point and 16,383 after it.
    private const int MaxDigits = 130_000;
    private const int MaxDecimals = 16_000;

    // Without so many digits in a row, or so many of an exponent, no number is beyond it.
    private const int ManyDigits = MaxDecimals - 1000;
    private const int LongExponent = 4;

    /// <summary>
    /// The JSON as jsonb takes it, which is not all that a column of type json may hold: U+FFFD for U+0000 and for half a surrogate pair, a
    /// text for a number beyond numeric. Of a row that jsonb cannot hold, long values are cut and say so.
    /// </summary>
    /// <param name="utf8">The JSON in UTF-8, as what is given back is: nearly every row is that itself, and one of megabytes would be three times as large as a string.</param>
    public static byte[] ForJsonb(byte[] utf8)
    {
        if (utf8.Length <= MaxRowBytes && !IsSuspicious(utf8))
            return utf8;
        var json = Mend(Encoding.UTF8.GetString(utf8));
        return Encoding.UTF8.GetBytes(json.Length > MaxRowBytes ? Cut(json) : json);
    }

    /// <summary>Whether there may be an escape or a number that jsonb refuses, in a text or not.</summary>
    private static bool IsSuspicious(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IndexOf("\\u"u8) >= 0)
            return true;
        // Of so many digits in a row one lies at one of these places, and it has so many beside it.
        for (var at = ManyDigits - 1; at < utf8.Length; at += ManyDigits)
        {
            if (Digits(utf8[at..]) is > 0 and var digits && digits + at - 1 - utf8[..at].LastIndexOfAnyExceptInRange((byte)'0', (byte)'9') >= ManyDigits)
                return true;
        }

        for (var (from, e) = (0, 0); (e = utf8[from..].IndexOfAny((byte)'e', (byte)'E')) >= 0; from += e + 1)
        {
            var after = utf8[(from + e + 1)..];
            if (from + e > 0 && char.IsAsciiDigit((char)utf8[from + e - 1]) && Digits(after is [(byte)'+' or (byte)'-', ..] ? after[1..] : after) >= LongExponent)
                return true;
        }

        return false;
    }

    private static int Digits(ReadOnlySpan<byte> text) => text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') is >= 0 and var end ? end : text.Length;

    // Of tens of millions of characters few are to be changed, though many look like numbers: no object for each.
    private static string Mend(string json)
    {
        var (isText, taken) = (false, 0);
        StringBuilder? mended = null;
        foreach (var token in Token().EnumerateMatches(json))
        {
            var text = json.AsSpan(token.Index, token.Length);
            if (text[0] == '"')
                isText = !isText;
            var instead = text[0] switch
            {
                '"' => null,
                '\\' => text.Length == "\\u0000".Length ? "\\ufffd" : null,
                _ => isText || IsNumeric(text) ? null : $"\"{text}\"",
            };
            if (instead is null)
                continue;
            mended ??= new(json.Length + instead.Length);
            mended.Append(json, taken, token.Index - taken).Append(instead);
            taken = token.Index + token.Length;
        }

        return mended is null ? json : mended.Append(json, taken, json.Length - taken).ToString();
    }

    private static bool IsNumeric(ReadOnlySpan<char> number)
    {
        var mantissa = number.IndexOfAny('e', 'E') is >= 0 and var e ? number[..e] : number;
        var exponent = mantissa.Length == number.Length ? 0
            : int.TryParse(number[(mantissa.Length + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var given) ? given : int.MaxValue;
        return Math.Max(exponent, 0L) + mantissa.Length <= MaxDigits
            && Math.Max(-(long)exponent, 0) + (mantissa.IndexOf('.') is >= 0 and var point ? mantissa.Length - point : 0) <= MaxDecimals;
    }

    private static string Cut(string json)
    {
        var row = JsonNode.Parse(json)!.AsObject();
        foreach (var name in row.Select(column => column.Key).ToList())
        {
            var value = row[name]?.ToString() ?? "";
            if (value.Length > MaxValueLength)
                row[name] = string.Create(CultureInfo.InvariantCulture, $"{value.AsSpan(0, Kept)}… ({value.Length} characters, all in the original)");
        }

        return row.ToJsonString();
    }

    // Escapes, quotes and numbers, one after the other: of an escape only what jsonb refuses has the length of \u0000.
    [GeneratedRegex("""\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u(?:[dD][89a-fA-F][0-9a-fA-F]{2}|0000)|\\.|"|-?[0-9][0-9.eE+-]*""")]
    private static partial Regex Token();
}
