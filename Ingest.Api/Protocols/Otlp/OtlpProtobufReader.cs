using System.Buffers;
using System.Text;
using LaunchStack.Ingest.Api.Mapping;

namespace LaunchStack.Ingest.Api.Protocols.Otlp;

/// <summary>
/// Reads <c>ExportMetricsServiceRequest</c> as protobuf; histograms and summaries are left out and counted.
/// https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
/// </summary>
internal ref struct OtlpProtobufReader(ReadOnlySpan<byte> body, SeriesBatch batch)
{
    /// <summary>Why the points of a sum are refused that does not say what they are: read as one, the other would be traffic or the lack of it.</summary>
    public const string NoTemporality = "A sum's aggregationTemporality must be 1 (delta) or 2 (cumulative).";

    private static readonly WireFormat Format = new();

    private readonly ReadOnlySpan<byte> _body = body;
    private readonly ArrayBufferWriter<byte> _resource = new(512);
    private readonly ArrayBufferWriter<byte> _scope = new();
    private readonly WireKey _key = new(Format);

    public readonly void Read()
    {
        var request = new ProtoReader(_body);
        while (request.Next())
        {
            if (request.Is(1, ProtoWire.Bytes))
                ReadResourceMetrics(request.Message());
            else
                request.Skip();
        }
    }

    private readonly void ReadResourceMetrics(ProtoReader metrics)
    {
        // The resource may stand behind its metrics.
        _resource.ResetWrittenCount();
        var isTooLong = false;
        var resources = metrics;
        while (resources.Next())
        {
            if (resources.Is(1, ProtoWire.Bytes))
                isTooLong |= !OtlpAttributes.TryAppend(resources.Message(), 1, _resource);
            else
                resources.Skip();
        }

        while (metrics.Next())
        {
            if (!metrics.Is(2, ProtoWire.Bytes))
            {
                metrics.Skip();
                continue;
            }

            var scope = metrics.Message();
            var isScopeTooLong = isTooLong | !TryReadScope(scope);
            while (scope.Next())
            {
                if (scope.Is(2, ProtoWire.Bytes))
                    ReadMetric(scope.Message(), isScopeTooLong);
                else
                    scope.Skip();
            }
        }
    }

    private readonly bool TryReadScope(ProtoReader metrics)
    {
        batch.Look();
        _scope.ResetWrittenCount();
        ReadOnlySpan<byte> name = [], version = [];
        var isShort = true;
        while (metrics.Next())
        {
            if (!metrics.Is(1, ProtoWire.Bytes))
            {
                metrics.Skip();
                continue;
            }
            var scope = metrics.Message();
            isShort &= OtlpAttributes.TryAppend(scope, 3, _scope);
            while (scope.Next())
            {
                if (scope.Is(1, ProtoWire.Bytes))
                    name = scope.Bytes();
                else if (scope.Is(2, ProtoWire.Bytes))
                    version = scope.Bytes();
                else
                    scope.Skip();
            }
        }
        if (!isShort || name.Length + version.Length > OtlpAttributes.MaxBytes)
            return false;
        var attributes = OtlpAttributes.Read(_scope.WrittenSpan);
        batch.Look(_scope.WrittenCount, attributes.Count);
        var text = OtlpAttributes.Scope(WireText.Of(name), WireText.Of(version), attributes);
        _scope.ResetWrittenCount();
        _scope.Write(Encoding.UTF8.GetBytes(text));
        return true;
    }

    private readonly void ReadMetric(ProtoReader metric, bool isTooLong)
    {
        ReadOnlySpan<byte> name = [];
        var names = metric;
        while (names.Next())
        {
            if (names.Is(1, ProtoWire.Bytes))
                name = names.Bytes();
            else
                names.Skip();
        }

        isTooLong |= name.Length > OtlpAttributes.MaxNameBytes;
        name = name[..Math.Min(name.Length, OtlpAttributes.MaxNameBytes)];
        while (metric.Next())
        {
            if (metric.Wire != ProtoWire.Bytes)
                metric.Skip();
            else if (metric.Field is 5 or 7)
                ReadNumbers(metric.Message(), name, isSum: metric.Field == 7, isTooLong);
            else if (metric.Field is 9 or 10 or 11)
                ReadHistograms(metric.Message(), name);
            else
                metric.Skip();
        }
    }

    private readonly void ReadNumbers(ProtoReader numbers, ReadOnlySpan<byte> name, bool isSum, bool isTooLong)
    {
        var temporality = OtlpTemporality.Unspecified;
        var kinds = numbers;
        while (kinds.Next())
        {
            if (isSum && kinds.Is(2, ProtoWire.Varint))
                temporality = (OtlpTemporality)kinds.Varint();
            else
                kinds.Skip();
        }

        var refused = isSum && temporality is not (OtlpTemporality.Delta or OtlpTemporality.Cumulative)
            ? new Series(WireProtocol.Otlp, WireText.Of(name), NoTemporality) : null;
        while (numbers.Next())
        {
            if (refused is not null && numbers.Is(1, ProtoWire.Bytes))
                batch.Add(refused, 0, 0);
            if (refused is null && numbers.Is(1, ProtoWire.Bytes))
                ReadPoint(numbers.Message(), name, temporality == OtlpTemporality.Delta, isTooLong);
            else
                numbers.Skip();
        }
    }

    private readonly void ReadPoint(ProtoReader point, ReadOnlySpan<byte> name, bool isDelta, bool isTooLong)
    {
        var whole = point;
        var (time, start, value, hasValue, hasEnded) = (0UL, 0UL, 0.0, false, false);
        while (point.Next())
        {
            switch (point.Field, point.Wire)
            {
                case (2, ProtoWire.Fixed64):
                    start = point.Fixed64();
                    break;
                case (3, ProtoWire.Fixed64):
                    time = point.Fixed64();
                    break;
                case (4, ProtoWire.Fixed64):
                    (value, hasValue) = (point.Double(), true);
                    break;
                case (6, ProtoWire.Fixed64):
                    (value, hasValue) = ((long)point.Fixed64(), true);
                    break;
                case (8, ProtoWire.Varint):
                    hasEnded = (point.Varint() & 1) == 1; // "no recorded value", as Prometheus' stale marker says
                    break;
                default:
                    point.Skip();
                    break;
            }
        }

        if (hasEnded)
            batch.End(Find(whole, name, isDelta, isTooLong), Nanoseconds(time));
        else if (hasValue)
            batch.Add(Find(whole, name, isDelta, isTooLong), Nanoseconds(time), value, Nanoseconds(start));

        static long Nanoseconds(ulong time) => (long)Math.Min(time, long.MaxValue);
    }

    private readonly void ReadHistograms(ProtoReader histograms, ReadOnlySpan<byte> name)
    {
        while (histograms.Next())
        {
            if (histograms.Is(1, ProtoWire.Bytes))
                batch.Add(batch.Unmappable(OtlpAttributes.Describe(name, "", [], [], false), UnmappedReason.Histogram), 0, 0);
            histograms.Skip();
        }
    }

    private readonly Series Find(ProtoReader point, ReadOnlySpan<byte> name, bool isDelta, bool isTooLong)
    {
        if (isTooLong)
            return TooLong(name, isDelta);
        _key.Begin();
        _key.WriteText(_resource.WrittenSpan);
        _key.WriteText(_scope.WrittenSpan);
        _key.Write(BitConverter.GetBytes(isDelta ? -name.Length : name.Length));
        _key.Write(name);
        var attributes = _key.Bytes.WrittenCount;
        if (!OtlpAttributes.TryAppend(point, 7, _key.Bytes, attributes))
            return TooLong(name, isDelta);
        return batch.Find(_key) ?? batch.Define(
            _key, OtlpAttributes.Describe(name, WireText.Of(_scope.WrittenSpan), _resource.WrittenSpan, _key.Bytes.WrittenSpan[attributes..], isDelta));
    }

    private readonly Series TooLong(ReadOnlySpan<byte> name, bool isDelta) =>
        batch.Unmappable(OtlpAttributes.Describe(name, "", [], [], isDelta), UnmappedReason.TooLong);
}
