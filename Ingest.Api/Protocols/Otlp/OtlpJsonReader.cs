using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
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
    private readonly Stack<(string List, int Index)> _path = [];

    /// <exception cref="RequestException">It is no request of OTLP; an element with a value of the wrong type is refused alone.</exception>
    public void Read(ReadOnlyMemory<byte> body) => JsonBody.Read(body, batch.Memory, Read);

    private void Read(JsonElement request)
    {
        try
        {
            Each(request, "resourceMetrics", ReadResourceMetrics);
        }
        catch (Exception exception) when (JsonBody.IsWrongType(exception))
        {
            throw Refusal.Malformed(WrongType(exception.Message), exception);
        }
    }

    private void ReadResourceMetrics(JsonElement metrics)
    {
        var resource = Find(metrics, "resource") is { } described ? Attributes(described) : [];
        Each(metrics, "scopeMetrics", one =>
        {
            var scope = Find(one, "scope") is { } described ? Scope(described) : OtlpAttributes.Scope("", "", []);
            Each(one, "metrics", metric => ReadMetric(metric, scope, scope is null ? null : resource));
        });
    }

    // Null when it is too long.
    private static string? Scope(JsonElement described)
    {
        if (Attributes(described) is not { } attributes)
            return null;
        var scope = OtlpAttributes.Scope(Text(Member(described, "name")) ?? "", Text(Member(described, "version")) ?? "", attributes);
        return scope.Length > OtlpAttributes.MaxBytes ? null : scope;
    }

    private void ReadMetric(JsonElement metric, string? scope, List<KeyValuePair<string, string>>? resource)
    {
        var name = Find(metric, "name") is { } named ? Text(named) : "";
        var fault = name is null ? WrongType("a metric's name is no string.") : null;
        name ??= "";
        if (Encoding.UTF8.GetByteCount(name) > OtlpAttributes.MaxNameBytes)
            (name, resource) = (WireText.Of(Encoding.UTF8.GetBytes(name).AsSpan(0, OtlpAttributes.MaxNameBytes)), null);

        foreach (var kind in (ReadOnlySpan<string>)["gauge", "sum"])
        {
            if (Find(metric, kind) is not { } numbers)
                continue;
            var temporality = kind == "sum" ? Temporality(Find(numbers, "aggregationTemporality")) : OtlpTemporality.Cumulative;
            ReadPoints(
                numbers, name, fault ?? (temporality == OtlpTemporality.Unspecified ? OtlpProtobufReader.NoTemporality : null),
                point => ReadPoint(point, name, scope ?? "", resource, temporality == OtlpTemporality.Delta));
        }
        foreach (var kind in (ReadOnlySpan<string>)["histogram", "exponentialHistogram", "summary"])
        {
            if (Find(metric, kind) is { } histogram)
                ReadPoints(histogram, name, fault, _ => batch.Add(batch.Unmappable(new(WireProtocol.Otlp, name, []), UnmappedReason.Histogram), 0, 0));
        }
    }

    // What is wrong with a metric is wrong with each of its points: OTLP counts those.
    private void ReadPoints(JsonElement metric, string name, string? fault, Action<JsonElement> read)
    {
        var refused = fault is null ? null : new Series(WireProtocol.Otlp, name.Length > 0 ? name : Path(), fault);
        Each(metric, "dataPoints", refused is null ? read : _ => batch.Add(refused, 0, 0));
    }

    private void ReadPoint(JsonElement point, string name, string scope, List<KeyValuePair<string, string>>? resource, bool isDelta)
    {
        var hasEnded = Find(point, "flags") is { } flags && (Required(Whole<long>(flags), "flags") & 1) == 1;
        double value;
        if (hasEnded)
            value = double.NaN;
        else if (Find(point, "asDouble") is { } real)
            value = Required(Real(real), "asDouble");
        else if (Find(point, "asInt") is { } whole)
            value = Required(Whole<long>(whole), "asInt");
        else
            return;

        var (time, start) = (Time(point, "timeUnixNano"), Time(point, "startTimeUnixNano"));
        var series = resource is not null && Attributes(point) is { } labels
            ? batch.Get(OtlpAttributes.Describe(name, scope, resource, labels, isDelta))
            : batch.Unmappable(new(WireProtocol.Otlp, name, [], isDelta), UnmappedReason.TooLong);
        if (hasEnded)
            batch.End(series, time);
        else
            batch.Add(series, time, value, start);
    }

    // As the protobuf reader takes them: those with a scalar for a value, whatever else is among them. Null when they are too long.
    private static List<KeyValuePair<string, string>>? Attributes(JsonElement owner)
    {
        var (labels, left) = (new List<KeyValuePair<string, string>>(), OtlpAttributes.MaxBytes);
        if (Member(owner, "attributes") is not { ValueKind: JsonValueKind.Array } attributes)
            return labels;
        foreach (var attribute in attributes.EnumerateArray())
        {
            if (Text(Member(attribute, "key")) is not { } key || Member(attribute, "value") is not { } any || Scalar(any) is not { } value)
                continue;
            left -= Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value) + OtlpAttributes.FrameBytes;
            if (left < 0)
                return null;
            labels.Add(new(key, value));
        }

        return labels;
    }

    // As the protobuf reader writes them: a series is one in both. Null when it is no scalar.
    private static string? Scalar(JsonElement any) =>
        Member(any, "stringValue") is { } text ? Text(text)
        : Member(any, "boolValue") is { } truth ? Truth(truth)
        : Member(any, "intValue") is { } whole ? Whole<long>(whole)?.ToString(CultureInfo.InvariantCulture)
        : Member(any, "doubleValue") is { } real ? Real(real)?.ToString(CultureInfo.InvariantCulture)
        : null;

    private void Each(JsonElement owner, string name, Action<JsonElement> read)
    {
        if (Find(owner, name) is not { } items)
            return;
        foreach (var (index, item) in items.EnumerateArray().Index())
        {
            _path.Push((name, index));
            try
            {
                read(item);
            }
            catch (Exception exception) when (JsonBody.IsWrongType(exception))
            {
                batch.RefuseMalformed(WrongType(exception.Message), new(new(WireProtocol.Otlp, Path(), "")));
            }
            _path.Pop();
        }
    }

    // To the element that is read.
    private string Path() => string.Join('.', _path.Reverse().Select(part => $"{part.List}[{part.Index}]"));

    private static string WrongType(string message) => $"A value has not the type that OTLP gives it: {message}";

    // Null means unset, whatever the type. https://protobuf.dev/programming-guides/json/
    private static JsonElement? Find(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? found : null;

    // Where what is no object may stand.
    private static JsonElement? Member(JsonElement owner, string name) => owner.ValueKind == JsonValueKind.Object ? Find(owner, name) : null;

    private static T Required<T>(T? value, string name) where T : struct => value ?? throw new FormatException($"{name} is no number that it can hold.");

    // Unsigned: what lies beyond is in the future either way.
    private static long Time(JsonElement point, string name) =>
        Find(point, name) is { } time ? (long)Math.Min(Required(Whole<ulong>(time), name), long.MaxValue) : 0;

    // An enum is a number or one of its names, not a number in quotes. https://protobuf.dev/programming-guides/json/
    private static OtlpTemporality Temporality(JsonElement? element) => element switch
    {
        { ValueKind: JsonValueKind.String } name when name.ValueEquals("AGGREGATION_TEMPORALITY_DELTA") => OtlpTemporality.Delta,
        { ValueKind: JsonValueKind.String } name when name.ValueEquals("AGGREGATION_TEMPORALITY_CUMULATIVE") => OtlpTemporality.Cumulative,
        { ValueKind: JsonValueKind.Number } number when Whole<int>(number) is 1 or 2 => (OtlpTemporality)Whole<int>(number)!.Value,
        _ => OtlpTemporality.Unspecified,
    };

    private static string? Text(JsonElement? element) => element is { ValueKind: JsonValueKind.String } text ? WireText.Of(text) : null;

    private static string? Truth(JsonElement element) =>
        element.ValueKind switch { JsonValueKind.True => "true", JsonValueKind.False => "false", _ => null };

    // Also 5.0 and 1e2, with quotes and without.
    private static T? Whole<T>(JsonElement element) where T : struct, IBinaryInteger<T> =>
        Number<T>(element, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent);

    // "NaN" and "Infinity" come as strings.
    private static double? Real(JsonElement element) => Number<double>(element, NumberStyles.Float);

    private static T? Number<T>(JsonElement element, NumberStyles style) where T : struct, INumberBase<T>
    {
        var isRead = element.ValueKind == JsonValueKind.Number
            ? T.TryParse(JsonMarshal.GetRawUtf8Value(element), style, CultureInfo.InvariantCulture, out var value)
            : T.TryParse(Text(element), style, CultureInfo.InvariantCulture, out value);
        return isRead ? value : null;
    }
}
