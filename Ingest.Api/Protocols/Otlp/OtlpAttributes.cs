using System.Buffers;
using System.Globalization;
using LaunchStack.Ingest.Api.Mapping;

namespace LaunchStack.Ingest.Api.Protocols.Otlp;

/// <summary>Attributes of a resource or of a point, kept as the bytes they came in until somebody wants names.</summary>
internal static class OtlpAttributes
{
    /// <summary>Longest attributes of a resource, and of a point: every value is looked up by them. Longer than any SDK's.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>Bytes of an attribute besides its key and a text: a tag and a length each for key, value and string, and the head.</summary>
    public const int FrameBytes = 6 + HeadBytes;

    /// <summary>Longest name of a metric. OpenTelemetry allows instruments 255 characters.</summary>
    public const int MaxNameBytes = 4 * 1024;

    private const int HeadBytes = 4;

    /// <summary>
    /// Appends the attributes of a message (<c>repeated KeyValue</c> in a field), each as a field number 1. Arrays and maps are left out:
    /// they name no instance and match no rule, and some are very long (<c>process.command_args</c>).
    /// </summary>
    /// <param name="message">The message; one may come in parts.</param>
    /// <param name="field">The field of its attributes.</param>
    /// <param name="target">Where they go.</param>
    /// <param name="start">Where they begin there.</param>
    /// <returns>False when they are too long.</returns>
    public static bool TryAppend(ProtoReader message, int field, ArrayBufferWriter<byte> target, int start = 0)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        var left = MaxBytes - (target.WrittenCount - start);
        while (message.Next())
        {
            if (!message.Is(field, ProtoWire.Bytes))
            {
                message.Skip();
                continue;
            }

            var attribute = message.Bytes();
            if (!IsScalar(attribute))
                continue;
            left -= attribute.Length + head.Length;
            if (left < 0)
                return false;
            head[0] = (1 << 3) | (int)ProtoWire.Bytes;
            head[1] = (byte)(attribute.Length | 0x80);
            head[2] = (byte)((attribute.Length >> 7) | 0x80);
            head[3] = (byte)((attribute.Length >> 14) & 0x7F);
            target.Write(head);
            target.Write(attribute);
        }

        return true;
    }

    /// <summary>Name and labels of a series; a point's attribute hides the resource's of the same name.</summary>
    public static SeriesDescription Describe(
        ReadOnlySpan<byte> name, string scope, ReadOnlySpan<byte> resource, ReadOnlySpan<byte> point, bool isDelta) =>
        Describe(WireText.Of(name), scope, Read(resource), Read(point), isDelta);

    /// <inheritdoc cref="Describe(ReadOnlySpan{byte}, string, ReadOnlySpan{byte}, ReadOnlySpan{byte}, bool)"/>
    public static SeriesDescription Describe(
        string name, string scope, IEnumerable<KeyValuePair<string, string>> resource, IReadOnlyCollection<KeyValuePair<string, string>> point, bool isDelta)
    {
        var hidden = point.Select(label => label.Key).ToHashSet();
        // Not ExceptBy, which takes the first of several of one name: the description chooses among them.
        return new(WireProtocol.Otlp, name, [.. point, .. resource.Where(label => !hidden.Contains(label.Key))], isDelta, scope);
    }

    /// <summary>
    /// What tells an instrumentation scope from others: they are a part of what identifies a metric stream.
    /// https://opentelemetry.io/docs/specs/otel/metrics/data-model/#opentelemetry-protocol-data-model
    /// </summary>
    public static string Scope(string name, string version, IEnumerable<KeyValuePair<string, string>> attributes) =>
        string.Join('\0', [name, version, .. attributes.OrderBy(one => one.Key, StringComparer.Ordinal).SelectMany(one => (string[])[one.Key, one.Value])]);

    /// <summary>Attributes that <see cref="TryAppend"/> has kept.</summary>
    public static List<KeyValuePair<string, string>> Read(ReadOnlySpan<byte> attributes)
    {
        var labels = new List<KeyValuePair<string, string>>();
        var reader = new ProtoReader(attributes);
        while (reader.Next())
        {
            var attribute = reader.Message();
            var (key, value) = ("", "");
            while (attribute.Next())
            {
                if (attribute.Is(1, ProtoWire.Bytes))
                    key = WireText.Of(attribute.Bytes());
                else if (attribute.Is(2, ProtoWire.Bytes))
                    value = ReadValue(attribute.Message());
                else
                    attribute.Skip();
            }

            labels.Add(new(key, value));
        }
        return labels;
    }

    // A string, boolean, integer or real number.
    private static bool IsScalar(ReadOnlySpan<byte> bytes)
    {
        var attribute = new ProtoReader(bytes);
        var isScalar = false;
        while (attribute.Next())
        {
            if (attribute.Is(2, ProtoWire.Bytes))
            {
                var value = attribute.Message();
                isScalar = value.Next()
                    && (value.Field, value.Wire) is (1, ProtoWire.Bytes) or (2 or 3, ProtoWire.Varint) or (4, ProtoWire.Fixed64);
            }
            else
            {
                attribute.Skip();
            }
        }

        return isScalar;
    }

    private static string ReadValue(ProtoReader value)
    {
        var text = "";
        while (value.Next())
        {
            switch (value.Field, value.Wire)
            {
                case (1, ProtoWire.Bytes):
                    text = WireText.Of(value.Bytes());
                    break;
                case (2, ProtoWire.Varint):
                    text = value.Varint() != 0 ? "true" : "false";
                    break;
                case (3, ProtoWire.Varint):
                    text = ((long)value.Varint()).ToString(CultureInfo.InvariantCulture);
                    break;
                case (4, ProtoWire.Fixed64):
                    text = value.Double().ToString(CultureInfo.InvariantCulture);
                    break;
                default:
                    value.Skip();
                    break;
            }
        }

        return text;
    }
}
