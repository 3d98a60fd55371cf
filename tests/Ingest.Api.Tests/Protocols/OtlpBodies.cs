using Google.Protobuf;
using static LaunchStack.Ingest.Api.Tests.Protocols.RemoteWriteBodies;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>Makes OTLP metrics as protobuf, with Google's encoder.</summary>
internal static class OtlpBodies
{
    public static byte[] Request((string Key, string Value)[] resource, params Action<CodedOutputStream>[] metrics) =>
        Message(request => Field(request, 1, resourceMetrics =>
        {
            // Behind the metrics on purpose: protobuf leaves the order free.
            Field(resourceMetrics, 2, scope =>
            {
                Field(scope, 1, library => Text(library, 1, "test"));
                foreach (var metric in metrics)
                    Field(scope, 2, metric);
            });
            Field(resourceMetrics, 1, one => Attributes(one, 1, resource));
        }));

    public static Action<CodedOutputStream> Gauge(string name, params OtlpPoint[] points) =>
        metric =>
        {
            Text(metric, 1, name);
            Field(metric, 5, gauge => Points(gauge, points, isSum: false));
        };

    public static Action<CodedOutputStream> Sum(
        string name, int temporality, params OtlpPoint[] points) =>
        metric =>
        {
            Text(metric, 1, name);
            Field(metric, 7, sum =>
            {
                Points(sum, points, isSum: true);
                sum.WriteTag(2, WireFormat.WireType.Varint);
                sum.WriteInt32(temporality);
            });
        };

    public static Action<CodedOutputStream> Histogram(string name) => metric =>
    {
        Text(metric, 1, name);
        Field(metric, 9, histogram => Field(histogram, 1, point => Text(point, 6, "12345678")));
    };

    private static void Points(
        CodedOutputStream owner, OtlpPoint[] points, bool isSum)
    {
        foreach (var (value, time, attributes, start, flags) in points)
        {
            Field(owner, 1, point =>
            {
                Attributes(point, 7, attributes);
                point.WriteTag(2, WireFormat.WireType.Fixed64);
                point.WriteFixed64((ulong)start);
                point.WriteTag(3, WireFormat.WireType.Fixed64);
                point.WriteFixed64((ulong)time);
                point.WriteTag(8, WireFormat.WireType.Varint);
                point.WriteUInt32(flags);
                if (flags != 0)
                    return;
                var asInteger = isSum && double.IsInteger(value);
                point.WriteTag(asInteger ? 6 : 4, WireFormat.WireType.Fixed64);
                if (asInteger)
                    point.WriteSFixed64((long)value);
                else
                    point.WriteDouble(value);
            });
        }
    }

    private static void Attributes(CodedOutputStream owner, int number, (string Key, string Value)[] attributes)
    {
        foreach (var (key, value) in attributes)
        {
            Field(owner, number, attribute =>
            {
                Text(attribute, 1, key);
                Field(attribute, 2, any => Text(any, 1, value));
            });
        }
    }
}
