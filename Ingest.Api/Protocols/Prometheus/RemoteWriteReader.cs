using LaunchStack.Ingest.Api.Mapping;

namespace LaunchStack.Ingest.Api.Protocols.Prometheus;

/// <summary>
/// Reads <c>prometheus.WriteRequest</c>, remote write 1.0.
/// https://prometheus.io/docs/specs/prw/remote_write_spec/
/// </summary>
internal static class RemoteWriteReader
{
    private static readonly WireFormat Format = new();

    public static RemoteWriteCounts Read(ReadOnlySpan<byte> body, SeriesBatch batch)
    {
        var counts = new RemoteWriteCounts();
        var key = new WireKey(Format);
        var request = new ProtoReader(body);
        while (request.Next())
        {
            if (request.Is(1, ProtoWire.Bytes))
                ReadSeries(request.Message(), key, batch, ref counts);
            else if (request.Field is 4 or 5)
                throw RemoteWriteSamples.OtherVersion(RemoteWriteEndpoints.Version2);
            else
                request.Skip();
        }

        return counts;
    }

    private static void ReadSeries(
        ProtoReader series, WireKey key, SeriesBatch batch, ref RemoteWriteCounts counts)
    {
        var again = series;
        key.Begin();
        while (!key.IsTooLong && series.Next())
        {
            if (series.Is(1, ProtoWire.Bytes))
                key.WriteText(series.Bytes());
            else
                series.Skip();
        }

        var known = key.IsTooLong
            ? SeriesCatalog.TooLong(new(WireProtocol.Prometheus, Metric(again), []))
            : batch.Find(key) ?? Define(again, key, batch);
        RemoteWriteSamples.ReadAll(again, known, batch, exemplars: 3, histograms: 4, ref counts);
    }

    private static string Metric(ProtoReader series)
    {
        while (series.Next())
        {
            if (!series.Is(1, ProtoWire.Bytes))
                series.Skip();
            else if (Read(series.Message(), out var value) is var name && name.SequenceEqual("__name__"u8))
                return WireText.Start(value);
        }
        return "";
    }

    private static Series Define(ProtoReader series, WireKey key, SeriesBatch batch)
    {
        var labels = new List<KeyValuePair<string, string>>();
        while (series.Next())
        {
            if (!series.Is(1, ProtoWire.Bytes))
            {
                series.Skip();
                continue;
            }

            var name = Read(series.Message(), out var value);
            labels.Add(new(WireText.Of(name), WireText.Of(value)));
        }

        return RemoteWriteSamples.Define(key, labels, batch);
    }

    private static ReadOnlySpan<byte> Read(ProtoReader label, out ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> name = [];
        value = [];
        while (label.Next())
        {
            if (label.Is(1, ProtoWire.Bytes))
                name = label.Bytes();
            else if (label.Is(2, ProtoWire.Bytes))
                value = label.Bytes();
            else
                label.Skip();
        }
        return name;
    }
}
