using System.Buffers;
using System.Buffers.Text;

namespace LaunchStack.Ingest.Api.Protocols.Influx;

/// <summary>Reads one field value: <c>1.5</c>, <c>-3i</c>, <c>7u</c>, <c>t</c>, <c>"text"</c>.</summary>
internal static class InfluxValue
{
    // Only what a number is made of: the parser would also take "Infinity" and "NaN".
    private static readonly SearchValues<byte> NumberBytes = SearchValues.Create("0123456789+-.eE"u8);

    /// <summary>What is wrong with a value that is <see cref="InfluxValueKind.Bad"/>.</summary>
    public static string Reason(ReadOnlySpan<byte> input) => input switch
    {
        [] or [(byte)',', ..] => "missing field value",
        [(byte)'"', ..] => "unbalanced quotes",
        [(byte)'t' or (byte)'T' or (byte)'f' or (byte)'F', ..] => "invalid boolean",
        _ => "invalid number",
    };

    /// <param name="input">From the value on.</param>
    /// <param name="value">The number, NaN when it is none.</param>
    /// <param name="length">Bytes read.</param>
    public static InfluxValueKind Read(ReadOnlySpan<byte> input, out double value, out int length)
    {
        value = double.NaN;
        length = 0;
        if (input.IsEmpty || input[0] == ',')
            return InfluxValueKind.Bad;
        if (input[0] == '"')
            return ReadString(input, out length);

        length = input.IndexOf((byte)',');
        if (length < 0)
            length = input.Length;
        var text = input[..length];
        if (IsBoolean(text))
            return InfluxValueKind.Other;
        if (text[^1] is (byte)'i')
            return ReadInteger(text[..^1], out value);
        if (text[^1] is (byte)'u')
            return ReadUnsigned(text[..^1], out value);

        return text.IndexOfAnyExcept(NumberBytes) < 0
            && Utf8Parser.TryParse(text[0] == '+' ? text[1..] : text, out value, out var read)
            && read == (text[0] == '+' ? length - 1 : length)
            && double.IsFinite(value)
                ? InfluxValueKind.Number : Bad(out value);
    }

    private static InfluxValueKind ReadInteger(ReadOnlySpan<byte> text, out double value)
    {
        if (!Utf8Parser.TryParse(text, out long number, out var read) || read != text.Length)
            return Bad(out value);
        value = number;
        return InfluxValueKind.Number;
    }

    private static InfluxValueKind ReadUnsigned(ReadOnlySpan<byte> text, out double value)
    {
        if (!Utf8Parser.TryParse(text, out ulong number, out var read) || read != text.Length)
            return Bad(out value);
        value = number;
        return InfluxValueKind.Number;
    }

    private static InfluxValueKind ReadString(ReadOnlySpan<byte> input, out int length)
    {
        for (length = 1; length < input.Length; length++)
        {
            if (input[length] == '\\')
                length++;
            else if (input[length] == '"')
            {
                length++;
                return InfluxValueKind.Other;
            }
        }

        length = input.Length;
        return InfluxValueKind.Bad;
    }

    private static InfluxValueKind Bad(out double value)
    {
        value = double.NaN;
        return InfluxValueKind.Bad;
    }

    private static bool IsBoolean(ReadOnlySpan<byte> text) => text.Length switch
    {
        1 => text[0] is (byte)'t' or (byte)'T' or (byte)'f' or (byte)'F',
        4 => text.SequenceEqual("true"u8) || text.SequenceEqual("True"u8) || text.SequenceEqual("TRUE"u8),
        5 => text.SequenceEqual("false"u8) || text.SequenceEqual("False"u8) || text.SequenceEqual("FALSE"u8),
        _ => false,
    };
}
