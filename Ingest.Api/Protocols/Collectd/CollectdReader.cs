using System.Text.Json;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Protocols.Collectd;

/// <summary>
/// Reads the array of value lists that collectd's write_http posts with <c>Format "JSON"</c>; notifications, which come on the same way
/// (<c>Notifications true</c>), are passed over.
/// https://www.collectd.org/documentation/manpages/collectd.conf.html#plugin-write-http
/// </summary>
internal sealed class CollectdReader(SeriesBatch batch)
{
    /// <exception cref="RequestException">It is no array of JSON.</exception>
    public void Read(ReadOnlyMemory<byte> body) => JsonBody.Read(body, batch.Memory, Read);

    private void Read(JsonElement lists)
    {
        if (lists.ValueKind != JsonValueKind.Array)
            throw Refusal.Malformed("This is not an array of collectd's write_http.");
        foreach (var (index, list) in lists.EnumerateArray().Index())
        {
            batch.Index = index;
            try
            {
                if (!IsNotification(list))
                    ReadValueList(list);
            }
            catch (Exception exception) when (JsonBody.IsWrongType(exception))
            {
                batch.RefuseMalformed(
                    $"this is not a value list of collectd's write_http: {exception.Message}", new(new(WireProtocol.Collectd, "", ""), Index: index));
            }
        }
    }

    // In the words of Prometheus' Alertmanager.
    private static bool IsNotification(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && !element.TryGetProperty("values", out _)
        && element.TryGetProperty("labels", out _) && element.TryGetProperty("annotations", out _);

    private void ReadValueList(JsonElement list)
    {
        var time = ToNanoseconds(list.GetProperty("time").GetDecimal());
        KeyValuePair<string, string>[] labels =
        [
            new("host", WireText.Of(list, "host")),
            new("plugin_instance", WireText.Of(list, "plugin_instance")),
            new("type_instance", WireText.Of(list, "type_instance")),
        ];
        var name = $"{WireText.Of(list, "plugin")}.{WireText.Of(list, "type")}";
        var sources = list.GetProperty("dsnames").EnumerateArray();
        foreach (var value in list.GetProperty("values").EnumerateArray())
        {
            if (!sources.MoveNext())
                throw new FormatException("there are more values than dsnames");
            var source = WireText.Of(sources.Current);
            // A value that collectd does not know is null.
            batch.Add(
                batch.Get(new(WireProtocol.Collectd, source == "value" ? name : $"{name}.{source}", labels)), time,
                value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble());
        }
    }

    private static long ToNanoseconds(decimal seconds) =>
        (long)(Math.Clamp(seconds, -9_000_000_000m, 9_000_000_000m) * 1_000_000_000m);
}
