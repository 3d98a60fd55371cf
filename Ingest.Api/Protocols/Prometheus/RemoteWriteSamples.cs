using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Protocols.Prometheus;

/// <summary>Reads what one time series holds beside its labels; the two versions only exchange two field numbers.</summary>
internal static class RemoteWriteSamples
{
    // https://github.com/prometheus/prometheus/blob/main/model/value/value.go
    private const long StaleMarker = 0x7ff0000000000002;

    private const long NanosecondsPerMillisecond = 1_000_000;
    private const long LastMillisecond = long.MaxValue / NanosecondsPerMillisecond;

    /// <summary>The refusal of a request of one version that is sent as the other: neither uses the other's fields.</summary>
    public static RequestException OtherVersion(string isOne) => Refusal.Malformed($"The body is a {isOne}; its Content-Type must say so: {ProtoReader.MediaType};proto={isOne}.");

    /// <summary>The series of these bytes and labels; one without a name, with a label without one, or with a label twice, is refused.</summary>
    public static Series Define(WireKey key, IReadOnlyList<KeyValuePair<string, string>> labels, SeriesBatch batch)
    {
        if (Fault(labels) is not { } fault)
            return batch.Define(key, new(WireProtocol.Prometheus, labels.First(IsName).Value, labels.Where(label => label.Key != "__name__")));
        batch.Look(labels: labels.Count);
        return new(WireProtocol.Prometheus, Text(labels), fault);
    }

    /// <summary>Samples go into the batch; exemplars and histograms (given by their field numbers) are counted.</summary>
    public static void ReadAll(
        ProtoReader series, Series known, SeriesBatch batch, int exemplars, int histograms, ref RemoteWriteCounts counts, long start = 0)
    {
        while (series.Next())
        {
            if (series.Is(2, ProtoWire.Bytes))
            {
                Read(series.Message(), known, batch, start, ref counts);
                continue;
            }

            if (series.Is(histograms, ProtoWire.Bytes) && known.Refusal is not null)
            {
                counts.Samples++;
                batch.Add(known, 0, 0);
            }
            else if (series.Is(histograms, ProtoWire.Bytes))
            {
                counts.Histograms++;
                batch.Add(batch.Unmappable(known.Description, UnmappedReason.Histogram), 0, 0);
            }
            else if (series.Is(exemplars, ProtoWire.Bytes))
            {
                counts.Exemplars++;
            }

            series.Skip();
        }
    }

    private static void Read(ProtoReader sample, Series series, SeriesBatch batch, long start, ref RemoteWriteCounts counts)
    {
        var (value, milliseconds) = (0.0, 0L);
        while (sample.Next())
        {
            if (sample.Is(1, ProtoWire.Fixed64))
                value = sample.Double();
            else if (sample.Is(2, ProtoWire.Varint))
                milliseconds = (long)sample.Varint();
            else if (sample.Is(3, ProtoWire.Varint))
                start = (long)sample.Varint(); // 2.0 only
            else
                sample.Skip();
        }

        if (BitConverter.DoubleToInt64Bits(value) == StaleMarker)
        {
            counts.Stale++;
            batch.End(series, Nanoseconds(milliseconds));
            return;
        }

        counts.Samples++;
        batch.Add(series, Nanoseconds(milliseconds), value, Nanoseconds(start));
    }

    // Beyond the range a time is wrong on either side alike: the window will reject it.
    private static long Nanoseconds(long milliseconds) => Math.Clamp(milliseconds, -LastMillisecond, LastMillisecond) * NanosecondsPerMillisecond;

    private static string? Fault(IReadOnlyList<KeyValuePair<string, string>> labels)
    {
        if (labels.Any(label => label is { Key.Length: 0, Value.Length: > 0 }))
            return "A series has a label without a name.";
        if (labels.Where(label => label.Value.Length > 0).CountBy(label => label.Key).FirstOrDefault(name => name.Value > 1) is { Key: { } repeated })
            return $"A series has the label {Printable.Of(repeated)} twice.";
        return labels.Any(IsName) ? null : "A series has no label __name__.";
    }

    // As PromQL writes it, as far as anybody reads.
    private static string Text(IReadOnlyList<KeyValuePair<string, string>> labels) =>
        $"{labels.FirstOrDefault(IsName).Value}{{{string.Join(',', labels.Where(label => !IsName(label)).Take(5).Select(label => $"{label.Key}=\"{label.Value}\""))}}}";

    private static bool IsName(KeyValuePair<string, string> label) => label is { Key: "__name__", Value.Length: > 0 };
}
