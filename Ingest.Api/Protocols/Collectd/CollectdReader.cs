using System.Text.Json;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Protocols.Collectd;

/// <summary>
/// Reads the array of value lists that collectd's write_http posts with <c>Format "JSON"</c>.
/// https://www.collectd.org/documentation/manpages/collectd.conf.html#plugin-write-http
/// </summary>
internal sealed class CollectdReader(SeriesBatch batch)
{
    /// <exception cref="RequestException">It is no JSON, or a value has the wrong type.</exception>
    public void Read(ReadOnlyMemory<byte> body)
    {
        var index = 0;
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            foreach (var list in document.RootElement.EnumerateArray())
            {
                ReadValueList(list);
                index++;
            }
        }
        catch (JsonException exception)
        {
            throw Refusal.Malformed(
                $"Line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}: this is not JSON.", exception);
        }
        catch (Exception exception)
            when (exception is InvalidOperationException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw Refusal.Malformed(
                $"Element {index}: this is not a value list of collectd's write_http: {exception.Message}", exception);
        }
    }

    private void ReadValueList(JsonElement list)
    {
        var time = ToNanoseconds(list.GetProperty("time").GetDecimal());
        KeyValuePair<string, string>[] labels =
        [
            new("host", Text(list, "host")),
            new("plugin_instance", Text(list, "plugin_instance")),
            new("type_instance", Text(list, "type_instance")),
        ];
        var name = $"{Text(list, "plugin")}.{Text(list, "type")}";
        var sources = list.GetProperty("dsnames");
        var index = 0;
        foreach (var value in list.GetProperty("values").EnumerateArray())
        {
            if (index >= sources.GetArrayLength())
                throw new FormatException("there are more values than dsnames");
            var source = sources[index++].GetString();
            // A value that collectd does not know is null.
            batch.Add(
                batch.Get(new(WireProtocol.Collectd, source == "value" ? name : $"{name}.{source}", labels)), time,
                value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble());
        }
    }

    private static long ToNanoseconds(decimal seconds) =>
        (long)(Math.Clamp(seconds, -9_000_000_000m, 9_000_000_000m) * 1_000_000_000m);

    private static string Text(JsonElement list, string name) =>
        list.TryGetProperty(name, out var text) ? text.GetString() ?? "" : "";
}
