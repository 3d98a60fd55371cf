using System.Buffers;
using System.Text.Json;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Agent.Spooling;

/// <summary>A sample as it waits: whose it is, and the JSON that will be sent. On disk: 16 bytes of id, then the JSON.</summary>
/// <param name="InstanceId">Whose it is, so that nobody needs to parse the JSON to register it.</param>
/// <param name="Json">One object in the names of the wire.</param>
internal readonly record struct SpooledSample(Guid InstanceId, ReadOnlyMemory<byte> Json)
{
    private const int IdBytes = 16;

    public static SpooledSample From(UsageSample sample)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("instance_id"u8, sample.InstanceId);
            json.WriteString("timestamp"u8, sample.Timestamp.UtcDateTime);
            foreach (var measure in Measures.All)
            {
                if (measure.IsFraction() && sample.Values.GetFraction(measure) is { } fraction)
                    json.WriteNumber(measure.Column(), fraction);
                else if (sample.Values.Get(measure) is { } whole)
                    json.WriteNumber(measure.Column(), whole);
            }
            json.WriteEndObject();
        }

        return new(sample.InstanceId, buffer.WrittenMemory);
    }

    /// <summary>The bytes of a spool record.</summary>
    public ReadOnlyMemory<byte> Encode()
    {
        var bytes = new byte[IdBytes + Json.Length];
        InstanceId.TryWriteBytes(bytes);
        Json.Span.CopyTo(bytes.AsSpan(IdBytes));
        return bytes;
    }

    /// <summary>Whether a record of the spool is a sample: any file may lie in its directory.</summary>
    public static bool IsOne(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length <= IdBytes)
            return false;
        try
        {
            var json = new Utf8JsonReader(bytes.Span[IdBytes..]);
            var isObject = json.Read() && json.TokenType == JsonTokenType.StartObject;
            while (json.Read())
            {
            }

            return isObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The opposite of <see cref="Encode"/>, of bytes that <see cref="IsOne"/>.</summary>
    public static SpooledSample Decode(ReadOnlyMemory<byte> bytes) => new(new Guid(bytes.Span[..IdBytes]), bytes[IdBytes..]);

    /// <summary>Bytes that are no sample, as a dead letter shows them: base64.</summary>
    public static SpooledSample Foreign(ReadOnlyMemory<byte> bytes) =>
        new(Guid.Empty, JsonSerializer.SerializeToUtf8Bytes(Convert.ToBase64String(bytes.Span)));
}
