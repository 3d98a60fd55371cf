using OpenTelemetry.Proto.Metrics.V1;

namespace LaunchStack.Dashboard.Metrics;

/// <summary>Exponential buckets as explicit ones: bucket i of scale s ends at 2^((i+1)/2^s).</summary>
internal static class ExponentialBuckets
{
    public static HistogramCounts Explicit(ExponentialHistogramDataPoint point)
    {
        var bounds = new List<double>();
        var counts = new List<ulong>();
        var step = Math.Pow(2, -point.Scale);
        if (point.Negative is { BucketCounts.Count: > 0 } negative)
            for (var i = negative.BucketCounts.Count - 1; i >= 0; i--)
                Append(-Math.Pow(2, (negative.Offset + i) * step), negative.BucketCounts[i]);
        Append(point.ZeroThreshold, point.ZeroCount);
        if (point.Positive is { BucketCounts.Count: > 0 } positive)
            for (var i = 0; i < positive.BucketCounts.Count; i++)
                Append(Math.Pow(2, (positive.Offset + i + 1) * step), positive.BucketCounts[i]);
        counts.Add(0);
        return new(point.Count, [.. bounds], [.. counts]);

        void Append(double bound, ulong count)
        {
            bounds.Add(double.IsFinite(bound) ? bound : double.MaxValue);
            counts.Add(count);
        }
    }
}
