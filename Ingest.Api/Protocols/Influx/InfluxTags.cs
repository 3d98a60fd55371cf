using System.Text;
using LaunchStack.Ingest.Api.Mapping;

namespace LaunchStack.Ingest.Api.Protocols.Influx;

/// <summary>The part of a line in front of its fields: <c>measurement[,tag=value…]</c>.</summary>
internal static class InfluxTags
{
    /// <summary>What is wrong with it, null when nothing.</summary>
    public static string? Broken(ReadOnlySpan<byte> series)
    {
        var rest = series[Next(series, 0, (byte)',')..];
        ReadOnlySpan<byte> last = [];
        HashSet<string>? keys = null;
        while (!rest.IsEmpty)
        {
            var end = Next(rest, 1, (byte)',');
            var tag = rest[1..end];
            var equals = Next(tag, 0, (byte)'=');
            if (equals == 0)
                return "missing tag key";
            if (equals >= tag.Length - 1)
                return "missing tag value";
            if (Next(tag, equals + 1, (byte)'=') < tag.Length)
                return "invalid tag format";
            var key = tag[..equals];
            // Clients sort them: only where one does not, all must be held.
            if (keys is null && last.SequenceCompareTo(key) >= 0)
                keys = Keys(series[..^rest.Length]);
            if (keys?.Add(Encoding.Latin1.GetString(key)) == false)
                return "duplicate tags";
            last = key;
            rest = rest[end..];
        }

        return null;
    }

    /// <summary>Names and labels of one field of the series, which must not be broken.</summary>
    public static SeriesDescription Describe(ReadOnlySpan<byte> series, ReadOnlySpan<byte> field)
    {
        var end = Next(series, 0, (byte)',');
        var name = $"{Unescape(series[..end])}.{Unescape(field)}";
        var tags = new List<KeyValuePair<string, string>>();
        for (var rest = series[end..]; !rest.IsEmpty; rest = rest[end..])
        {
            end = Next(rest, 1, (byte)',');
            var tag = rest[1..end];
            var equals = Next(tag, 0, (byte)'=');
            tags.Add(new(Unescape(tag[..equals]), Unescape(tag[(equals + 1)..])));
        }

        return new SeriesDescription(WireProtocol.Influx, name, tags);
    }

    private static HashSet<string> Keys(ReadOnlySpan<byte> series)
    {
        var keys = new HashSet<string>();
        for (var rest = series[Next(series, 0, (byte)',')..]; !rest.IsEmpty; rest = rest[Next(rest, 1, (byte)',')..])
            keys.Add(Encoding.Latin1.GetString(rest[1..Next(rest, 1, (byte)'=')]));
        return keys;
    }

    // A backslash stands for itself unless one of these follows: clients do not escape it.
    private static string Unescape(ReadOnlySpan<byte> text)
    {
        if (!text.Contains((byte)'\\'))
            return WireText.Of(text);
        var plain = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] is (byte)',' or (byte)'=' or (byte)' ')
                i++;
            plain[length++] = text[i];
        }

        return WireText.Of(plain.AsSpan(0, length));
    }

    /// <summary>The next <paramref name="mark"/>, which no backslash is in front of; the text's length without one.</summary>
    public static int Next(ReadOnlySpan<byte> text, int from, byte mark)
    {
        while (text[from..].IndexOf(mark) is >= 0 and var next)
        {
            from += next;
            if (from == 0 || text[from - 1] != '\\')
                return from;
            from++;
        }

        return text.Length;
    }
}
