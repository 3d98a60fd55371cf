using System.Buffers;
using System.Text;
using LaunchStack.Ingest.Api.Mapping;

namespace LaunchStack.Ingest.Api.Protocols.Prometheus;

/// <summary>
/// Reads <c>prometheus.WriteRequest</c>, remote write 1.0.
/// https://prometheus.io/docs/specs/prw/remote_write_spec/
/// </summary>
internal static class RemoteWriteReader
{
    // Prometheus' own limit on the labels of a series is optional; ours keeps the work per sample small.
    public const int MaxLabelBytes = 64 * 1024;

    public static RemoteWriteCounts Read(ReadOnlySpan<byte> body, SeriesBatch batch)
    {
        var counts = new RemoteWriteCounts();
        var key = new ArrayBufferWriter<byte>(512);
        var request = new ProtoReader(body);
        while (request.Next())
        {
            if (request.Is(1, ProtoWire.Bytes))
                ReadSeries(request.Message(), key, batch, ref counts);
            else
                request.Skip();
        }

        return counts;
    }

    private static void ReadSeries(
        ProtoReader series, ArrayBufferWriter<byte> key, SeriesBatch batch, ref RemoteWriteCounts counts)
    {
        var again = series;
        key.ResetWrittenCount();
        key.Write([(byte)WireFormat.RemoteWrite1]);
        while (series.Next())
        {
            if (series.Is(1, ProtoWire.Bytes))
            {
                var label = series.Bytes();
                if (key.WrittenCount + label.Length > MaxLabelBytes)
                    throw series.Bad($"the labels of a series have more than {MaxLabelBytes} bytes");
                Append(key, label);
            }
            else
            {
                series.Skip();
            }
        }

        var known = batch.Find(key.WrittenSpan) ?? batch.Define(key.WrittenSpan, Describe(again));
        RemoteWriteSamples.ReadAll(again, known, batch, exemplars: 3, histograms: 4, ref counts);
    }

    private static SeriesDescription Describe(ProtoReader series)
    {
        var labels = new List<KeyValuePair<string, string>>();
        var metric = "";
        while (series.Next())
        {
            if (!series.Is(1, ProtoWire.Bytes))
            {
                series.Skip();
                continue;
            }

            var (name, value) = ("", "");
            var label = series.Message();
            while (label.Next())
            {
                if (label.Is(1, ProtoWire.Bytes))
                    name = Encoding.UTF8.GetString(label.Bytes());
                else if (label.Is(2, ProtoWire.Bytes))
                    value = Encoding.UTF8.GetString(label.Bytes());
                else
                    label.Skip();
            }

            if (name == "__name__")
                metric = value;
            else
                labels.Add(new(name, value));
        }

        return metric.Length > 0
            ? new SeriesDescription(WireProtocol.Prometheus, metric, labels)
            : throw series.Bad("a series has no label __name__");
    }

    // With its length in front: otherwise two different sets of labels could make the same key.
    private static void Append(ArrayBufferWriter<byte> key, ReadOnlySpan<byte> label)
    {
        key.Write(BitConverter.GetBytes(label.Length));
        key.Write(label);
    }
}
