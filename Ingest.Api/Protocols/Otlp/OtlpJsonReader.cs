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
    /// <exception cref="RequestException">It is no request of OTLP; an element with a value of the wrong type is refused alone.</exception>
    public void Read(ReadOnlyMemory<byte> body)
    {
        using var document = JsonBody.Parse(body, maxDepth: 32);
        try
        {
            Each(document.RootElement, "resourceMetrics", ReadResourceMetrics);
        }
        catch (Exception exception) when (JsonBody.IsWrongType(exception))
        {
            throw Refusal.Malformed(WrongType(exception), exception);
        }
    }

    private void ReadResourceMetrics(JsonElement metrics)
    {
        var resource = Find(metrics, "resource") is { } described ? Attributes(described) : [];
        Each(metrics, "scopeMetrics", scope => Each(scope, "metrics", metric => ReadMetric(metric, resource)));
    }

    private void ReadMetric(JsonElement metric, List<KeyValuePair<string, string>>? resource)
    {
        var name = WireText.Of(metric, "name");
        foreach (var kind in (ReadOnlySpan<string>)["gauge", "sum"])
        {
            if (Find(metric, kind) is not { } numbers)
                continue;
            var isDelta = kind == "sum" && Find(numbers, "aggregationTemporality") is { } temporality && IsDelta(temporality);
            Each(numbers, "dataPoints", point => ReadPoint(point, name, resource, isDelta));
        }
        foreach (var kind in (ReadOnlySpan<string>)["histogram", "exponentialHistogram", "summary"])
        {
            if (Find(metric, kind) is { } histogram)
                Each(histogram, "dataPoints", _ => batch.Add(batch.Unmappable(new(WireProtocol.Otlp, name, []), UnmappedReason.Histogram), 0, 0));
        }
    }

    private void ReadPoint(JsonElement point, string name, List<KeyValuePair<string, string>>? resource, bool isDelta)
    {
        var hasEnded = Find(point, "flags") is { } flags && (Integer(flags) & 1) == 1;
        double value;
        if (hasEnded)
            value = double.NaN;
        else if (Find(point, "asDouble") is { } real)
            value = Real(real);
        else if (Find(point, "asInt") is { } whole)
            value = Integer(whole);
        else
            return;

        var (time, start) = (Time(point, "timeUnixNano"), Time(point, "startTimeUnixNano"));
        var series = resource is not null && Attributes(point) is { } labels
            ? batch.Get(OtlpAttributes.Describe(name, resource, labels, isDelta))
            : batch.Unmappable(new(WireProtocol.Otlp, name, [], isDelta), UnmappedReason.TooLong);
        if (hasEnded)
            batch.End(series, time);
        else
            batch.Add(series, time, value, start);
    }

    // Null when they are longer than the protobuf reader takes them.
    private static List<KeyValuePair<string, string>>? Attributes(JsonElement owner)
    {
        var (labels, length) = (new List<KeyValuePair<string, string>>(), 0);
        foreach (var attribute in Items(owner, "attributes"))
        {
            var key = WireText.Of(attribute, "key");
            var value = Find(attribute, "value") is { } any ? Scalar(any) : "";
            length += key.Length + value.Length;
            labels.Add(new(key, value));
        }
        return length <= OtlpAttributes.MaxBytes ? labels : null;
    }

    // As the protobuf reader writes them: a series is one in both.
    private static string Scalar(JsonElement value) =>
        Find(value, "stringValue") is { } text ? WireText.Of(text)
        : Find(value, "boolValue") is { } truth ? (truth.GetBoolean() ? "true" : "false")
        : Find(value, "intValue") is { } whole ? Integer(whole).ToString(CultureInfo.InvariantCulture)
        : Find(value, "doubleValue") is { } real ? Real(real).ToString(CultureInfo.InvariantCulture)
        : "";

    private void Each(JsonElement owner, string name, Action<JsonElement> read)
    {
        foreach (var item in Items(owner, name))
        {
            try
            {
                read(item);
            }
            catch (Exception exception) when (JsonBody.IsWrongType(exception))
            {
                batch.Refuse(WrongType(exception));
            }
        }
    }

    private static string WrongType(Exception exception) => $"A value has not the type that OTLP gives it: {exception.Message}";

    private static JsonElement.ArrayEnumerator Items(JsonElement owner, string name) =>
        Find(owner, name) is { } items ? items.EnumerateArray() : default;

    // Null means unset, whatever the type. https://protobuf.dev/programming-guides/json/
    private static JsonElement? Find(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? found : null;

    // Unsigned: what lies beyond is in the future either way.
    private static long Time(JsonElement point, string name) => Find(point, name) switch
    {
        null => 0,
        { ValueKind: JsonValueKind.String } text => (long)Math.Min(ulong.Parse(text.GetString()!, NumberStyles.None, CultureInfo.InvariantCulture), long.MaxValue),
        { } number => (long)Math.Min(number.GetUInt64(), long.MaxValue),
    };

    private static bool IsDelta(JsonElement temporality) => temporality.ValueKind == JsonValueKind.String
        ? temporality.ValueEquals("AGGREGATION_TEMPORALITY_DELTA")
        : temporality.GetInt32() == (int)OtlpTemporality.Delta;

    private static long Integer(JsonElement element) => element.ValueKind == JsonValueKind.String
        ? long.Parse(element.GetString()!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
        : element.GetInt64();

    // "NaN" and "Infinity" come as strings.
    private static double Real(JsonElement element) => element.ValueKind == JsonValueKind.String
        ? double.Parse(element.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture)
        : element.GetDouble();
}
