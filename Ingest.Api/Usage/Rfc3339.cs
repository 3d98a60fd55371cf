using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Usage;

/// <summary>
/// Date and time with offset (RFC 3339, section 5.6), read from UTF-8 straight into <see cref="PostgresTime"/>.
/// Fractions beyond a microsecond are cut off; a leap second is refused, since PostgreSQL would move it into the next minute.
/// </summary>
public static class Rfc3339
{
    /// <summary>How a text reads.</summary>
    public enum Outcome
    {
        /// <summary>As an instant.</summary>
        Ok,

        /// <summary>As date and time, but the offset is missing.</summary>
        WithoutZone,

        /// <summary>As nothing.</summary>
        Invalid,
    }

    /// <summary>Reads all of <paramref name="text"/>.</summary>
    public static Outcome Parse(ReadOnlySpan<byte> text, out long time)
    {
        time = 0;
        if (text.Length < 19 || text[4] != '-' || text[7] != '-' || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ') || text[13] != ':' || text[16] != ':')
            return Outcome.Invalid;
        if (!Digits(text[..4], out var year) || !Digits(text[5..7], out var month) || !Digits(text[8..10], out var day)
            || !Digits(text[11..13], out var hour) || !Digits(text[14..16], out var minute) || !Digits(text[17..19], out var second))
            return Outcome.Invalid;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
            return Outcome.Invalid;

        var rest = text[19..];
        if (!Fraction(ref rest, out var micros))
            return Outcome.Invalid;
        if (rest.IsEmpty)
            return Outcome.WithoutZone;
        if (!Offset(rest, out var offset))
            return Outcome.Invalid;

        var ticks = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks;
        time = PostgresTime.FromTicks(ticks) + micros - (offset * 60_000_000L);
        return Outcome.Ok;
    }

    private static bool Fraction(ref ReadOnlySpan<byte> rest, out int micros)
    {
        micros = 0;
        if (rest.IsEmpty || rest[0] != '.')
            return true;
        var length = 1;
        while (length < rest.Length && rest[length] is >= (byte)'0' and <= (byte)'9')
            length++;
        if (length == 1)
            return false;
        for (var i = 1; i <= 6; i++)
            micros = (micros * 10) + (i < length ? rest[i] - '0' : 0);
        rest = rest[length..];
        return true;
    }

    private static bool Offset(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text.Length == 1 && (text[0] | 0x20) == 'z')
            return true;
        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':'
            || !Digits(text[1..3], out var hours) || !Digits(text[4..6], out var rest) || hours > 23 || rest > 59)
            return false;
        minutes = ((hours * 60) + rest) * (text[0] == '-' ? -1 : 1);
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9')
                return false;
            value = (value * 10) + (digit - '0');
        }
        return true;
    }
}
