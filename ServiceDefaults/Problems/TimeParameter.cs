using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using LaunchStack.Usage;

namespace LaunchStack.ServiceDefaults.Problems;

/// <summary>A moment in a query: date, time and offset of RFC 3339, within what the database's times and our arithmetic have room for.</summary>
public static partial class TimeParameter
{
    /// <summary>Reads it; a refusal names the parameter as the endpoint does.</summary>
    /// <exception cref="ParameterException">It is none.</exception>
    public static DateTimeOffset Parse(string text, [CallerArgumentExpression(nameof(text))] string name = "") => TryParse(text, out var time)
        ? time
        : throw new ParameterException(name, "Give a time as in RFC 3339, such as 2026-11-23T10:00:00Z, from 1970 to 2499.");

    /// <summary>Reads it, if it is one.</summary>
    public static bool TryParse(string? text, out DateTimeOffset time)
    {
        time = default;
        if (text is null || !Rfc3339().IsMatch(text))
            return false;
        // A '+' of an offset that was not escaped arrives as a blank.
        var exact = (text[^6] == ' ' ? $"{text[..^6]}+{text[^5..]}" : text).ToUpperInvariant();
        return DateTimeOffset.TryParse(exact, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out time)
            && time >= DateTimeOffset.UnixEpoch && time < TimeBucket.Last;
    }

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+\- ][0-9]{2}:[0-9]{2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Rfc3339();
}
