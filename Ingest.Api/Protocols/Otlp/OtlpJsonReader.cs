using System.Globalization;
using System.Text.Json;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Protocols.Otlp;

/// <summary>
/// Reads <c>ExportMetricsServiceRequest</c> as JSON: camelCase names, 64-bit integers as strings or numbers, enums as numbers.
/// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
/// </summary>
internal sealed class OtlpJsonReader(SeriesBatch batch)
{
    // As much as the protobuf reader takes.
    private const int MaxLabelCharacters = 16 * 1024;

    /// <exception cref="RequestException">It is no JSON, or a value has the wrong type.</exception>
    public void Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32 });
            foreach (var metrics in Items(document.RootElement, "resourceMetrics"))
                ReadResourceMetrics(metrics);
        }
        catch (JsonException exception)
        {
            throw Refusal.Malformed(
                $"Line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}: this is not JSON.", exception);
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or OverflowException)
        {
            throw Refusal.Malformed($"A value has not the type that OTLP gives it: {exception.Message}", exception);
        }
    }

    private void ReadResourceMetrics(JsonElement metrics)
    {
        var resource = new List<KeyValuePair<string, string>>();
        if (metrics.TryGetProperty("resource", out var described))
            ReadAttributes(described, resource);
        foreach (var scope in Items(metrics, "scopeMetrics"))
        {
            foreach (var metric in Items(scope, "metrics"))
                ReadMetric(metric, resource);
        }
    }

    private void ReadMetric(JsonElement metric, List<KeyValuePair<string, string>> resource)
    {
        var name = Text(metric, "name");
        foreach (var property in metric.EnumerateObject())
        {
            switch (property.Name)
            {
                case "gauge" or "sum":
                    var isDelta = property.Value.TryGetProperty("aggregationTemporality", out var temporality)
                        && IsDelta(temporality);
                    foreach (var point in Items(property.Value, "dataPoints"))
                        ReadPoint(point, name, resource, isDelta);
                    break;
                case "histogram" or "exponentialHistogram" or "summary":
                    foreach (var _ in Items(property.Value, "dataPoints"))
                        batch.Add(batch.Unmappable(new(WireProtocol.Otlp, name, resource), UnmappedReason.Histogram), 0, 0);
                    break;
            }
        }
    }

    private void ReadPoint(JsonElement point, string name, List<KeyValuePair<string, string>> resource, bool isDelta)
    {
        var hasEnded = point.TryGetProperty("flags", out var flags) && (Integer(flags) & 1) == 1;
        double value;
        if (hasEnded)
            value = double.NaN;
        else if (point.TryGetProperty("asDouble", out var real))
            value = Real(real);
        else if (point.TryGetProperty("asInt", out var whole))
            value = Integer(whole);
        else
            return;

        var labels = new List<KeyValuePair<string, string>>();
        ReadAttributes(point, labels);
        var series = batch.Get(OtlpAttributes.Describe(name, resource, labels, isDelta));
        if (hasEnded)
            batch.End(series, Time(point, "timeUnixNano"));
        else
            batch.Add(series, Time(point, "timeUnixNano"), value, Time(point, "startTimeUnixNano"));
    }

    private static long Time(JsonElement point, string name) => point.TryGetProperty(name, out var time) ? Integer(time) : 0;

    private static void ReadAttributes(JsonElement owner, List<KeyValuePair<string, string>> labels)
    {
        var characters = 0;
        foreach (var attribute in Items(owner, "attributes"))
        {
            var value = "";
            if (attribute.TryGetProperty("value", out var any))
            {
                foreach (var property in any.EnumerateObject())
                {
                    value = property.Value.ValueKind switch
                    {
                        JsonValueKind.String => property.Value.GetString() ?? "",
                        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => property.Value.GetRawText(),
                        _ => "",
                    };
                }
            }

            var key = Text(attribute, "key");
            characters += key.Length + value.Length + 1;
            if (characters > MaxLabelCharacters)
                throw Refusal.Malformed($"attributes have more than {MaxLabelCharacters} characters");
            labels.Add(new(key, value));
        }
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var items) && items.ValueKind != JsonValueKind.Null ? items.EnumerateArray() : default;

    private static string Text(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var text) ? text.GetString() ?? "" : "";

    private static bool IsDelta(JsonElement temporality) => temporality.ValueKind == JsonValueKind.String
        ? temporality.ValueEquals("AGGREGATION_TEMPORALITY_DELTA")
        : temporality.GetInt32() == (int)OtlpTemporality.Delta;

    private static long Integer(JsonElement element) => element.ValueKind == JsonValueKind.String
        ? long.Parse(element.GetString()!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
        : element.GetInt64();

    private static double Real(JsonElement element) => element.ValueKind != JsonValueKind.String
        ? element.GetDouble()
        : element.GetString() switch
        {
            "NaN" or "Infinity" or "-Infinity" => double.NaN,
            var text => double.Parse(text!, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
}
