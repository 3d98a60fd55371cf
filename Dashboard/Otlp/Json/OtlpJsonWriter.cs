using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace LaunchStack.Dashboard.Otlp.Json;

/// <summary>Writes messages as OTLP/JSON: hex ids, enums as integers, 64-bit integers as strings, defaults left out.</summary>
internal static class OtlpJsonWriter
{
    public static byte[] Write(IMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) Write(json, message);
        return buffer.WrittenSpan.ToArray();
    }

    public static void Write(Utf8JsonWriter json, IMessage message)
    {
        json.WriteStartObject();
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            var value = field.Accessor.GetValue(message);
            if (field.IsRepeated)
            {
                var list = (IList)value;
                if (list.Count == 0) continue;
                json.WriteStartArray(field.JsonName);
                foreach (var item in list) WriteValue(json, field, item!);
                json.WriteEndArray();
                continue;
            }

            if (field.HasPresence ? !field.Accessor.HasValue(message) : IsDefault(value)) continue;
            json.WritePropertyName(field.JsonName);
            WriteValue(json, field, value);
        }

        json.WriteEndObject();
    }

    private static bool IsDefault(object? value) => value switch
    {
        null => true,
        string text => text.Length == 0,
        ByteString bytes => bytes.IsEmpty,
        bool b => !b,
        double d => d == 0,
        Enum e => Convert.ToInt32(e, CultureInfo.InvariantCulture) == 0,
        IConvertible number => number.ToInt64(CultureInfo.InvariantCulture) == 0,
        _ => false,
    };

    private static void WriteValue(Utf8JsonWriter json, FieldDescriptor field, object value)
    {
        switch (value)
        {
            case IMessage message: Write(json, message); break;
            case string text: json.WriteStringValue(text); break;
            case bool b: json.WriteBooleanValue(b); break;
            case double d when double.IsFinite(d): json.WriteNumberValue(d); break;
            case double d: json.WriteStringValue(double.IsNaN(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity"); break;
            case ByteString bytes when OtlpJsonReader.IsId(field): json.WriteStringValue(Convert.ToHexStringLower(bytes.Span)); break;
            case ByteString bytes: json.WriteBase64StringValue(bytes.Span); break;
            case uint u: json.WriteNumberValue(u); break;
            case int i: json.WriteNumberValue(i); break;
            case ulong u: json.WriteStringValue(u.ToString(CultureInfo.InvariantCulture)); break;
            case long l: json.WriteStringValue(l.ToString(CultureInfo.InvariantCulture)); break;
            default: json.WriteNumberValue(Convert.ToInt32(value, CultureInfo.InvariantCulture)); break;
        }
    }
}
