using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Usage;

/// <summary>Reads one sample object into its parts, without an object of ours for it. The first fault wins; the rest is skipped.</summary>
internal ref struct SampleReader
{
    // The measures follow, in their order.
    private enum Field
    {
        Unknown = -1,
        InstanceId,
        Timestamp,
        FirstMeasure,
    }

    // Their names as they begin a member, by their place.
    private static readonly byte[][] Members =
        [.. Enumerable.Range(0, (int)Field.FirstMeasure + Measures.Count).Select(field => Encoding.UTF8.GetBytes($"\"{Name((Field)field)}\":"))];

    private const int MaxExactDigits = 15;

    private static readonly double[] PowersOfTen = [.. Enumerable.Range(0, MaxExactDigits).Select(power => double.Parse($"1e{power}", CultureInfo.InvariantCulture))];

    private Guid _instance;
    private long _time;
    private SampleValues _values;
    private int _seen;
    private int _there;
    private string? _code;
    private string? _detail;

    /// <summary>Reads the element that <paramref name="reader"/> stands on, to its end.</summary>
    /// <returns>False when the buffer ends first: start again from the same place with more.</returns>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    public bool TryRead(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Fault(RejectionCodes.NotAnObject, $"A sample is a JSON object, not {Kind(reader.TokenType)}.");
            return reader.TrySkip();
        }
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
                return true;
            var field = FieldOf(Text(ref reader));
            if (!reader.Read())
                return false;
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                if (field != Field.Unknown)
                    WrongType(field, reader.TokenType);
                if (!reader.TrySkip())
                    return false;
            }
            else if (field != Field.Unknown)
            {
                Take(field, ref reader);
            }
        }
        return false;
    }

    /// <summary>
    /// Reads an object as serializers write it: members of ours once each, strings without escapes, numbers without sign or exponent, no white space
    /// but a blank after a separator. Whatever differs is for <see cref="TryRead"/>, which knows each fault. Why there are two: decision 0001.
    /// </summary>
    /// <returns>Its length; 0 when it is written otherwise or does not end here: begin anew with another reader.</returns>
    public int ReadPlain(ReadOnlySpan<byte> text)
    {
        var rest = text;
        var separator = (byte)'{';
        var field = Field.Unknown;
        while (Skip(ref rest, separator))
        {
            if (!TryMember(ref rest, ref field) || !TakePlain(field, ref rest))
                return 0;
            if (!rest.IsEmpty && rest[0] == '}')
                return text.Length - rest.Length + 1;
            separator = (byte)',';
        }
        return 0;
    }

    /// <summary>Adds what was read to the batch, or rejects it.</summary>
    public readonly void AddTo(UsageBatch batch, int index)
    {
        if (_code is not null)
            batch.Reject(index, _code, _detail!);
        else if (!Has(Field.InstanceId))
            batch.Reject(index, RejectionCodes.MissingField, "instance_id: required.");
        else if (!Has(Field.Timestamp))
            batch.Reject(index, RejectionCodes.MissingField, "timestamp: required.");
        else
            batch.Add(index, _instance, _time, _values);
    }

    private readonly bool Has(Field field) => (_there & (1 << (int)field)) != 0;

    private static Field FieldOf(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("timestamp"u8))
            return Field.Timestamp;
        if (name.SequenceEqual("instance_id"u8))
            return Field.InstanceId;
        return Measures.Find(name) is { } measure ? Field.FirstMeasure + (int)measure : Field.Unknown;
    }

    private void Take(Field field, ref Utf8JsonReader reader)
    {
        var bit = 1 << (int)field;
        if ((_seen & bit) != 0)
            Fault(RejectionCodes.DuplicateField, $"{Name(field)}: stands twice.");
        _seen |= bit;
        if (reader.TokenType == JsonTokenType.Null)
            return;

        var taken = field switch
        {
            Field.InstanceId => TakeInstance(ref reader),
            Field.Timestamp => TakeTime(ref reader),
            _ => MeasureOf(field).IsFraction() ? TakeFraction(field, ref reader) : TakeWhole(field, ref reader),
        };
        if (taken)
            _there |= bit;
    }

    private bool TakePlain(Field field, ref ReadOnlySpan<byte> rest)
    {
        if (field == Field.Unknown || Has(field))
            return false;
        _there |= 1 << (int)field;
        if (field <= Field.Timestamp)
        {
            return Text(ref rest, out var text)
                && (field == Field.Timestamp ? Rfc3339.Parse(text, out _time) == Rfc3339.Outcome.Ok : TryInstance(text, out _instance));
        }
        var measure = MeasureOf(field);
        if (measure.IsFraction())
        {
            var isDouble = TryFraction(ref rest, out var fraction);
            _values.SetFraction(measure, fraction);
            return isDouble;
        }
        var isWhole = TryWhole(ref rest, out var value);
        _values.Set(measure, value);
        return isWhole;
    }

    /// <summary>Reads a member's name and its colon. Most senders write them in our order, so the one behind <paramref name="field"/> is tried first.</summary>
    private static bool TryMember(ref ReadOnlySpan<byte> rest, ref Field field)
    {
        var likely = field + 1;
        if ((int)likely < Members.Length && rest.StartsWith(Members[(int)likely]))
        {
            field = likely;
            rest = rest[(Members[(int)likely].Length - 1)..];
        }
        else if (Text(ref rest, out var name))
        {
            field = FieldOf(name);
        }
        return Skip(ref rest, (byte)':');
    }

    private static bool Skip(ref ReadOnlySpan<byte> rest, byte separator)
    {
        if (rest.IsEmpty || rest[0] != separator)
            return false;
        rest = rest[(rest.Length > 1 && rest[1] == ' ' ? 2 : 1)..];
        return true;
    }

    private static bool Text(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> text)
    {
        text = [];
        if (rest.IsEmpty || rest[0] != '"')
            return false;
        rest = rest[1..];
        var end = rest.IndexOf((byte)'"');
        if (end < 0)
            return false;
        text = rest[..end];
        rest = rest[(end + 1)..];
        return true;
    }

    // In one pass; of 19 digits and more most do not fit.
    private static bool TryWhole(ref ReadOnlySpan<byte> rest, out long value)
    {
        var text = rest;
        var (length, number) = (0, 0UL);
        for (; (uint)length < (uint)text.Length && (uint)(text[length] - '0') <= 9; length++)
            number = (number * 10) + (uint)(text[length] - '0');
        value = (long)number;
        rest = text[length..];
        return length is > 0 and <= 19 && number <= long.MaxValue && (length == 1 || text[0] != '0');
    }

    // In one pass as well: of so few digits a double holds the whole number and the power of ten exactly, so their quotient is what a parser gives.
    private static bool TryFraction(ref ReadOnlySpan<byte> rest, out double value)
    {
        var text = rest;
        var (length, point, number) = (0, -1, 0UL);
        for (; (uint)length < (uint)text.Length; length++)
        {
            if ((uint)(text[length] - '0') <= 9)
                number = (number * 10) + (uint)(text[length] - '0');
            else if (text[length] == '.' && point < 0)
                point = length;
            else
                break;
        }
        rest = text[length..];
        var whole = point < 0 ? length : point;
        value = 0;
        if (whole == 0 || (whole > 1 && text[0] == '0') || point == length - 1)
            return false;
        if (length > MaxExactDigits)
            return Utf8Parser.TryParse(text[..length], out value, out _) && double.IsFinite(value);
        value = number / PowersOfTen[point < 0 ? 0 : length - point - 1];
        return true;
    }

    private static Measure MeasureOf(Field field) => (Measure)(field - Field.FirstMeasure);

    private static string Name(Field field) => field switch
    {
        Field.InstanceId => "instance_id",
        Field.Timestamp => "timestamp",
        _ => MeasureOf(field).Column(),
    };

    /// <summary>The token's text without escapes; empty when it is no text at all.</summary>
    private static ReadOnlySpan<byte> Text(ref Utf8JsonReader reader) => reader.ValueIsEscaped ? Unescaped(ref reader) : reader.ValueSpan;

    private static ReadOnlySpan<byte> Unescaped(ref Utf8JsonReader reader)
    {
        var text = new byte[reader.ValueSpan.Length];
        try
        {
            return text.AsSpan(0, reader.CopyString(text));
        }
        catch (InvalidOperationException)
        {
            // Bytes that are no UTF-8, or half of a surrogate pair, beside an escape: the reader has no other way to say so.
            return [];
        }
    }

    private bool TakeInstance(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
            return WrongType(Field.InstanceId, reader.TokenType);
        return TryInstance(Text(ref reader), out _instance) || Fault(RejectionCodes.InvalidInstanceId, "instance_id: not a UUID of the form 8-4-4-4-12.");
    }

    // A column has one way to be written.
    private static bool TryInstance(ReadOnlySpan<byte> text, out Guid instance)
    {
        instance = default;
        return text.Length == 36 && Utf8Parser.TryParse(text, out instance, out var length, 'D') && length == 36;
    }

    private bool TakeTime(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
            return WrongType(Field.Timestamp, reader.TokenType);
        var text = Text(ref reader);
        return Rfc3339.Parse(text, out _time) switch
        {
            Rfc3339.Outcome.Ok => true,
            Rfc3339.Outcome.WithoutZone => Fault(RejectionCodes.TimestampWithoutZone, "timestamp: the offset is missing; end it with Z or +hh:mm."),
            _ => Fault(RejectionCodes.InvalidTimestamp, "timestamp: not an RFC 3339 date and time such as 2026-11-23T10:00:00Z."),
        };
    }

    private bool TakeFraction(Field field, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.Number)
            return WrongType(field, reader.TokenType);
        // 1e400 reads as infinity.
        if (!reader.TryGetDouble(out var value) || !double.IsFinite(value))
            return Fault(RejectionCodes.OutOfRange, $"{Name(field)}: too large for a double.");
        _values.SetFraction(MeasureOf(field), value);
        return true;
    }

    private bool TakeWhole(Field field, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.Number)
            return WrongType(field, reader.TokenType);
        if (!reader.TryGetInt64(out var value))
        {
            // 1.0 and 1e9 are integers too; some serialisers write them so.
            if (!reader.TryGetDecimal(out var number) || number is > long.MaxValue or < long.MinValue)
                return Fault(RejectionCodes.OutOfRange, $"{Name(field)}: too large for 64 bits.");
            // Below 1e-28 it is rounded to zero.
            if (number != decimal.Truncate(number) || (number == 0 && reader.GetDouble() != 0))
                return Fault(RejectionCodes.NotAnInteger, $"{Name(field)}: has a fractional part.");
            value = (long)number;
        }
        _values.Set(MeasureOf(field), value);
        return true;
    }

    private bool WrongType(Field field, JsonTokenType found) => Fault(
        RejectionCodes.WrongType,
        $"{Name(field)}: expected {(field <= Field.Timestamp ? "a string" : "a number or null")}, found {Kind(found)}.");

    private bool Fault(string code, string detail)
    {
        _code ??= code;
        _detail ??= detail;
        return false;
    }

    private static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    };
}
