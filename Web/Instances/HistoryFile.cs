using System.Text.Json;

namespace LaunchStack.Web.Instances;

/// <summary>A history as the aggregator answered it, and the one that it is compared with.</summary>
/// <param name="Own">The history.</param>
/// <param name="ComparedWith">What the other is; null: nothing is compared.</param>
/// <param name="Other">Its history.</param>
internal sealed record HistoryFile(byte[] Own, string? ComparedWith, byte[]? Other)
{
    /// <summary>The aggregator's answer itself; with a comparison, both in an object.</summary>
    public byte[] ToJson()
    {
        if (Other is null)
            return Own;
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WritePropertyName("history");
            json.WriteRawValue(Own);
            json.WriteString("compared_with", ComparedWith);
            json.WritePropertyName("compared");
            json.WriteRawValue(Other);
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }
}
