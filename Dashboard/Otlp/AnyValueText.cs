using System.Globalization;
using System.Text;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;

namespace LaunchStack.Dashboard.Otlp;

/// <summary>An attribute's value as people read it.</summary>
internal static class AnyValueText
{
    private const int DeepestValue = 16;

    public static string Of(AnyValue? value) => Of(value, 0);

    public static string? Find(RepeatedField<KeyValue> attributes, string key)
    {
        foreach (var attribute in attributes)
            if (attribute.Key == key) return Of(attribute.Value);
        return null;
    }

    public static KeyValuePair<string, string>[] Pairs(RepeatedField<KeyValue> attributes) =>
        [.. attributes.Select(a => KeyValuePair.Create(a.Key, Of(a.Value)))];

    private static string Of(AnyValue? value, int depth)
    {
        if (depth > DeepestValue) return "…";
        return value?.ValueCase switch
        {
            AnyValue.ValueOneofCase.StringValue => value.StringValue,
            AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? "true" : "false",
            AnyValue.ValueOneofCase.IntValue => value.IntValue.ToString(CultureInfo.InvariantCulture),
            AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue.ToString(CultureInfo.InvariantCulture),
            AnyValue.ValueOneofCase.BytesValue => Convert.ToBase64String(value.BytesValue.Span),
            AnyValue.ValueOneofCase.ArrayValue => Join('[', value.ArrayValue.Values.Select(v => Of(v, depth + 1)), ']'),
            AnyValue.ValueOneofCase.KvlistValue => Join('{', value.KvlistValue.Values.Select(v => $"{v.Key}: {Of(v.Value, depth + 1)}"), '}'),
            _ => "",
        };
    }

    private static string Join(char open, IEnumerable<string> parts, char close) =>
        new StringBuilder().Append(open).AppendJoin(", ", parts).Append(close).ToString();
}
