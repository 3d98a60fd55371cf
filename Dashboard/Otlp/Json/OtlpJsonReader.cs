using System.Collections;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace LaunchStack.Dashboard.Otlp.Json;

/// <summary>
/// Reads OTLP/JSON into messages by their descriptors. It is not protobuf's own JSON: ids are hex, enums are integers,
/// 64-bit integers come as strings or numbers, unknown fields are ignored
/// (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
/// </summary>
internal static class OtlpJsonReader
{
    /// <summary>An id that is not hex becomes this, so that only its span is rejected and not the whole export.</summary>
    private static readonly ByteString BadId = ByteString.CopyFrom(0);

    public static T Read<T>(ReadOnlyMemory<byte> json) where T : IMessage, new()
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var message = new T();
            Fill(message, document.RootElement, "$");
            return message;
        }
        catch (JsonException e)
        {
            throw new OtlpFormatException($"The body is not JSON: {e.Message}", e);
        }
    }

    private static void Fill(IMessage message, JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object) throw Wrong(path, "an object", element);
        foreach (var property in element.EnumerateObject())
        {
            var name = Name(property, path);
            var field = Find(message.Descriptor, name);
            if (field is null || property.Value.ValueKind == JsonValueKind.Null) continue;
            var place = $"{path}.{name}";
            if (!field.IsRepeated)
            {
                field.Accessor.SetValue(message, Value(field, property.Value, place));
                continue;
            }

            if (property.Value.ValueKind != JsonValueKind.Array) throw Wrong(place, "an array", property.Value);
            var list = (IList)field.Accessor.GetValue(message);
            var index = 0;
            foreach (var item in property.Value.EnumerateArray())
                list.Add(Value(field, item, $"{place}[{(index++).ToString(CultureInfo.InvariantCulture)}]"));
        }
    }

    private static FieldDescriptor? Find(MessageDescriptor descriptor, string name)
    {
        foreach (var field in descriptor.Fields.InFieldNumberOrder())
            if (field.JsonName == name) return field;
        return null;
    }

    private static object Value(FieldDescriptor field, JsonElement element, string path)
    {
        switch (field.FieldType)
        {
            case FieldType.Message:
                var child = field.MessageType.Parser.ParseFrom(ByteString.Empty);
                Fill(child, element, path);
                return child;
            case FieldType.String:
                return element.ValueKind == JsonValueKind.String ? Text(element, path) : throw Wrong(path, "a string", element);
            case FieldType.Bytes:
                return Bytes(field, element, path);
            case FieldType.Bool:
                return element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : throw Wrong(path, "a boolean", element);
            case FieldType.Double:
                return Double(element, path);
            case FieldType.Enum:
                return Enum(field, element, path);
            case FieldType.UInt32 or FieldType.Fixed32:
                return uint.TryParse(Digits(element, path), CultureInfo.InvariantCulture, out var u32) ? u32 : throw Wrong(path, "an unsigned 32-bit integer", element);
            case FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32:
                return int.TryParse(Digits(element, path), CultureInfo.InvariantCulture, out var i32) ? i32 : throw Wrong(path, "a 32-bit integer", element);
            case FieldType.UInt64 or FieldType.Fixed64:
                return ulong.TryParse(Digits(element, path), CultureInfo.InvariantCulture, out var u64) ? u64 : throw Wrong(path, "an unsigned 64-bit integer", element);
            default:
                return long.TryParse(Digits(element, path), CultureInfo.InvariantCulture, out var i64) ? i64 : throw Wrong(path, "a 64-bit integer", element);
        }
    }

    private static string Digits(JsonElement element, string path) => element.ValueKind switch
    {
        JsonValueKind.String => Text(element, path),
        JsonValueKind.Number => element.GetRawText(),
        _ => throw Wrong(path, "an integer, as a number or a string", element),
    };

    private static string Text(JsonElement element, string path)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // A lone surrogate (\ud800) is JSON, but no string.
            throw new OtlpFormatException($"{path} is not valid Unicode text.", e);
        }
    }

    private static string Name(JsonProperty property, string path)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new OtlpFormatException($"{path} has a name that is not valid Unicode text.", e);
        }
    }

    private static double Double(JsonElement element, string path) => element.ValueKind switch
    {
        JsonValueKind.Number => element.GetDouble(),
        JsonValueKind.String when double.TryParse(Text(element, path), CultureInfo.InvariantCulture, out var value) => value,
        _ => throw Wrong(path, "a number", element),
    };

    private static int Enum(FieldDescriptor field, JsonElement element, string path)
    {
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var number)) return number;
        if (element.ValueKind == JsonValueKind.String && field.EnumType.FindValueByName(Text(element, path)) is { } named) return named.Number;
        throw Wrong(path, "an enum's integer", element);
    }

    private static ByteString Bytes(FieldDescriptor field, JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.String) throw Wrong(path, "a string", element);
        var text = Text(element, path);
        if (IsId(field))
        {
            if (text.Length % 2 != 0) return BadId;
            try
            {
                return ByteString.CopyFrom(Convert.FromHexString(text));
            }
            catch (FormatException)
            {
                return BadId;
            }
        }

        return element.TryGetBytesFromBase64(out var bytes) ? ByteString.CopyFrom(bytes) : throw Wrong(path, "base64", element);
    }

    internal static bool IsId(FieldDescriptor field) => field.Name is "trace_id" or "span_id" or "parent_span_id";

    private static OtlpFormatException Wrong(string path, string expected, JsonElement element) =>
        new($"{path} must be {expected}, but is {element.ValueKind switch
        {
            JsonValueKind.String => "a string that cannot be read so",
            JsonValueKind.Number => "a number that cannot be read so",
            var kind => kind.ToString().ToLowerInvariant(),
        }}.");
}
