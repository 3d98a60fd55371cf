using System.Buffers;
using System.Buffers.Text;
using System.Text;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Protocols.Influx;

/// <summary>
/// Reads line protocol: <c>measurement[,tag=value…] field=value[,field=value…] [timestamp]</c>. A bad line is left out
/// as a whole and named, the others count. https://docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference/
/// </summary>
internal ref struct InfluxLineReader(ReadOnlySpan<byte> body, long unit, long now, SeriesBatch batch)
{
    // Characters of a line that is named.
    private const int MaxShown = 120;

    private static readonly WireFormat Format = new();
    private static readonly SearchValues<byte> FieldMarks = SearchValues.Create("\" \n"u8);
    private static readonly SearchValues<byte> KeyMarks = SearchValues.Create(" \n"u8);

    private readonly ReadOnlySpan<byte> _body = body;
    private readonly List<(Series Series, double Value)> _fields = [];
    private readonly WireKey _key = new(Format);
    private int _at;

    /// <summary>Reads all lines.</summary>
    public InfluxReading Read()
    {
        var reading = new InfluxReading();
        // A byte order mark is no part of the first line's measurement.
        _at = _body.StartsWith("\uFEFF"u8) ? 3 : 0;
        for (var line = 1; _at < _body.Length; line++)
        {
            var start = _at;
            SkipSpaces();
            if (IsAtEnd() || _body[_at] == '#')
            {
                SkipLine();
                continue;
            }

            batch.Index = line;
            if (ReadPoint() is { } reason)
            {
                var column = _at - start + 1;
                _at = start;
                SkipLine();
                reading.Add(new(line, column, Show(_body[start.._at]), reason));
            }
            else
            {
                reading.Points++;
                // A quoted string may hold line breaks, which count as lines of the body.
                line += _body[start..Math.Max(start, _at - 1)].Count((byte)'\n');
            }
        }

        return reading;
    }

    private string? ReadPoint()
    {
        var seriesStart = _at;
        if (SkipTo(KeyMarks) is { } unfinished)
            return unfinished;
        var series = _body[seriesStart.._at];
        if (series[0] == ',')
            return "missing measurement";
        if (InfluxTags.Broken(series) is { } tags)
            return tags;

        SkipSpaces();
        if (IsAtEnd())
            return "missing fields";
        var fieldsStart = _at;
        if (SkipTo(FieldMarks) is { } unbalanced)
            return unbalanced;
        // CRLF ends a line as LF does; where a time stamp follows, SkipSpaces has seen to it.
        var fieldsEnd = IsAtEnd() && _body[_at - 1] == '\r' ? _at - 1 : _at;

        if (ReadTime(out var time) is { } badTime)
            return badTime;
        var end = _at;
        _at = fieldsStart;
        if (ReadFields(series, fieldsEnd) is { } badField)
            return badField;

        foreach (var (field, value) in _fields)
            batch.Add(field, time, value);
        _at = end < _body.Length ? end + 1 : end;
        return null;
    }

    private string? ReadFields(ReadOnlySpan<byte> series, int end)
    {
        _fields.Clear();
        while (true)
        {
            var rest = _body[_at..end];
            var key = rest[..InfluxTags.Next(rest, 0, (byte)'=')];
            var comma = InfluxTags.Next(key, 0, (byte)',');
            _at += comma;
            if (comma == 0)
                return "missing field key";
            if (comma < key.Length || key.Length == rest.Length)
                return "missing field value";
            _at++;

            var result = InfluxValue.Read(_body[_at..end], out var value, out var length);
            if (result is InfluxValueKind.Bad)
                return InfluxValue.Reason(_body[_at..end]);
            _at += length;
            if (_at < end && _body[_at] != ',')
                return "invalid number";
            if (result is InfluxValueKind.Number)
            {
                batch.RequireFew(_fields.Count + 1);
                _fields.Add((Find(series, key), value));
            }
            if (_at++ >= end)
                return null;
        }
    }

    private string? ReadTime(out long time)
    {
        time = now;
        SkipSpaces();
        if (IsAtEnd())
            return null;
        if (!Utf8Parser.TryParse(_body[_at..], out long units, out var length))
            return "bad timestamp";
        _at += length;
        SkipSpaces();
        if (!IsAtEnd())
            return "bad timestamp";
        var high = Math.BigMul(units, unit, out time);
        return high == time >> 63 ? null : "time outside range";
    }

    private Series Find(ReadOnlySpan<byte> series, ReadOnlySpan<byte> field)
    {
        _key.Begin();
        _key.Write(series);
        _key.Write([0]);
        _key.Write(field);
        if (_key.IsTooLong)
        {
            var measurement = series[..(series.IndexOf((byte)',') is >= 0 and var end ? end : series.Length)];
            return SeriesCatalog.TooLong(new(WireProtocol.Influx, $"{WireText.Start(measurement)}.{WireText.Start(field)}", []));
        }
        return batch.Find(_key) ?? batch.Define(_key, InfluxTags.Describe(series, field));
    }

    // To the space or line break that ends a section: no space behind a backslash, nothing within quotes.
    private string? SkipTo(SearchValues<byte> marks)
    {
        while (true)
        {
            var next = _body[_at..].IndexOfAny(marks);
            if (next < 0)
            {
                _at = _body.Length;
                return null;
            }

            _at += next;
            switch (_body[_at])
            {
                case (byte)' ' when _body[_at - 1] == '\\':
                    _at++;
                    break;
                case (byte)'"' when !BeginsValue():
                    _at++;
                    break;
                case (byte)'"' when SkipString() is { } unbalanced:
                    return unbalanced;
                case (byte)'"':
                    break;
                default:
                    return null;
            }
        }
    }

    // A quote within a key, or within an unquoted value, is a character like any other.
    private readonly bool BeginsValue() => _at > 0 && _body[_at - 1] == '=' && !(_at > 1 && _body[_at - 2] == '\\');

    private string? SkipString()
    {
        for (_at++; _at < _body.Length; _at++)
        {
            if (_body[_at] == '\\')
                _at++;
            else if (_body[_at] == '"')
            {
                _at++;
                return null;
            }
        }

        _at = _body.Length;
        return "unbalanced quotes";
    }

    private void SkipSpaces()
    {
        while (_at < _body.Length && _body[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or 0)
            _at++;
    }

    private void SkipLine()
    {
        var next = _body[_at..].IndexOf((byte)'\n');
        _at = next < 0 ? _body.Length : _at + next + 1;
    }

    private readonly bool IsAtEnd() => _at >= _body.Length || _body[_at] == '\n';

    private static string Show(ReadOnlySpan<byte> line) =>
        Printable.Of(Encoding.UTF8.GetString(line[..Math.Min(line.Length, 4 * MaxShown)].TrimEnd("\r\n"u8)), MaxShown);
}
