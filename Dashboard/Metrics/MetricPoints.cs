using System.Globalization;
using LaunchStack.Dashboard.Otlp;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;

namespace LaunchStack.Dashboard.Metrics;

/// <summary>OTLP's five kinds of data as one kind of point.</summary>
internal static class MetricPoints
{
    /// <summary>Data point flag: nothing was recorded, there is no value (a gap).</summary>
    private const uint NoRecordedValue = 1;

    public static int Count(Metric metric) => metric.DataCase switch
    {
        Metric.DataOneofCase.Gauge => metric.Gauge.DataPoints.Count,
        Metric.DataOneofCase.Sum => metric.Sum.DataPoints.Count,
        Metric.DataOneofCase.Histogram => metric.Histogram.DataPoints.Count,
        Metric.DataOneofCase.ExponentialHistogram => metric.ExponentialHistogram.DataPoints.Count,
        Metric.DataOneofCase.Summary => metric.Summary.DataPoints.Count,
        _ => 0,
    };

    /// <summary>Null for data that has none.</summary>
    public static AggregationTemporality? Temporality(Metric metric) => metric.DataCase switch
    {
        Metric.DataOneofCase.Sum => metric.Sum.AggregationTemporality,
        Metric.DataOneofCase.Histogram => metric.Histogram.AggregationTemporality,
        Metric.DataOneofCase.ExponentialHistogram => metric.ExponentialHistogram.AggregationTemporality,
        _ => null,
    };

    public static (InstrumentKind Kind, bool Delta) Kind(Metric metric)
    {
        var delta = Temporality(metric) == AggregationTemporality.Delta;
        return metric.DataCase switch
        {
            Metric.DataOneofCase.Sum => (metric.Sum.IsMonotonic ? InstrumentKind.Counter : InstrumentKind.UpDownCounter, delta),
            Metric.DataOneofCase.Histogram or Metric.DataOneofCase.ExponentialHistogram => (InstrumentKind.Histogram, delta),
            _ => (InstrumentKind.Gauge, false),
        };
    }

    public static void Read(Metric metric, Rejections rejected, Action<IEnumerable<KeyValue>, KeyValuePair<string, string>?, MetricPoint> take)
    {
        switch (metric.DataCase)
        {
            case Metric.DataOneofCase.Gauge: Numbers(metric.Gauge.DataPoints, rejected, take); break;
            case Metric.DataOneofCase.Sum: Numbers(metric.Sum.DataPoints, rejected, take); break;
            case Metric.DataOneofCase.Histogram:
                foreach (var point in metric.Histogram.DataPoints)
                {
                    if ((point.Flags & NoRecordedValue) != 0) continue;
                    if (point.BucketCounts.Count > 0 && point.BucketCounts.Count != point.ExplicitBounds.Count + 1)
                    {
                        rejected.Add("a histogram needs one bucket count more than bounds");
                        continue;
                    }

                    take(point.Attributes, null, new(point.StartTimeUnixNano, point.TimeUnixNano, point.Sum,
                        new(point.Count, [.. point.ExplicitBounds], [.. point.BucketCounts])));
                }

                break;
            case Metric.DataOneofCase.ExponentialHistogram:
                foreach (var point in metric.ExponentialHistogram.DataPoints)
                {
                    if ((point.Flags & NoRecordedValue) != 0) continue;
                    take(point.Attributes, null, new(point.StartTimeUnixNano, point.TimeUnixNano, point.Sum, ExponentialBuckets.Explicit(point)));
                }

                break;
            case Metric.DataOneofCase.Summary:
                foreach (var point in metric.Summary.DataPoints)
                    foreach (var quantile in point.QuantileValues)
                        take(point.Attributes, KeyValuePair.Create("quantile", quantile.Quantile.ToString(CultureInfo.InvariantCulture)),
                            new(point.StartTimeUnixNano, point.TimeUnixNano, quantile.Value));
                break;
        }
    }

    private static void Numbers(
        IEnumerable<NumberDataPoint> points, Rejections rejected, Action<IEnumerable<KeyValue>, KeyValuePair<string, string>?, MetricPoint> take)
    {
        foreach (var point in points)
        {
            if ((point.Flags & NoRecordedValue) != 0) continue;
            if (point.ValueCase == NumberDataPoint.ValueOneofCase.None) { rejected.Add("a data point has no value"); continue; }
            var value = point.ValueCase == NumberDataPoint.ValueOneofCase.AsInt ? point.AsInt : point.AsDouble;
            take(point.Attributes, null, new(point.StartTimeUnixNano, point.TimeUnixNano, value));
        }
    }
}
