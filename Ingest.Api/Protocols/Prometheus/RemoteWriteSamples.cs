using LaunchStack.Ingest.Api.Mapping;

namespace LaunchStack.Ingest.Api.Protocols.Prometheus;

/// <summary>Reads the samples of one time series; both versions write them alike.</summary>
internal static class RemoteWriteSamples
{
    // https://github.com/prometheus/prometheus/blob/main/model/value/value.go
    private const long StaleMarker = 0x7ff0000000000002;

    private const long NanosecondsPerMillisecond = 1_000_000;
    private const long LastMillisecond = long.MaxValue / NanosecondsPerMillisecond;

    public static void Read(ProtoReader sample, Series series, ISeriesSink sink, ref RemoteWriteCounts counts)
    {
        var (value, milliseconds) = (0.0, 0L);
        while (sample.Next())
        {
            if (sample.Is(1, ProtoWire.Fixed64))
                value = sample.Double();
            else if (sample.Is(2, ProtoWire.Varint))
                milliseconds = (long)sample.Varint();
            else
                sample.Skip();
        }

        if (BitConverter.DoubleToInt64Bits(value) == StaleMarker)
        {
            counts.Stale++;
            return;
        }

        counts.Samples++;
        // Beyond the range a time is wrong on either side alike: the window will reject it.
        sink.Add(series, Math.Clamp(milliseconds, -LastMillisecond, LastMillisecond) * NanosecondsPerMillisecond, value);
    }
}
