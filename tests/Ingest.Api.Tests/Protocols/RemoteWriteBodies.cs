using Google.Protobuf;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>Makes remote write bodies with Google's encoder, so that reader and writer share no code.</summary>
internal static class RemoteWriteBodies
{
    public const long StaleMarker = 0x7ff0000000000002;

    public static (string, string)[] Labels(string name, params (string, string)[] labels) => [("__name__", name), .. labels];

    public static byte[] Version1(params RemoteWriteSeries[] series) => Version1([.. series.Select(one => (one.Labels, ((double, long)[])[(one.Value, one.Time)]))]);

    public static byte[] Version2(params RemoteWriteSeries[] series) =>
        Version2([.. series.Select(one => (one.Labels, ((double, long)[])[(one.Value, one.Time)]))], [.. series.Select(one => one.Start)]);

    public static byte[] Version1(params ((string Name, string Value)[] Labels, (double Value, long Time)[] Samples)[] series) =>
        Message(request =>
        {
            foreach (var (labels, samples) in series)
            {
                Field(request, 1, one =>
                {
                    foreach (var (name, value) in labels)
                    {
                        Field(one, 1, label =>
                        {
                            Text(label, 1, name);
                            Text(label, 2, value);
                        });
                    }

                    Samples(one, samples);
                });
            }
        });

    public static byte[] Version2(params ((string Name, string Value)[] Labels, (double Value, long Time)[] Samples)[] series) => Version2(series, []);

    private static byte[] Version2(((string Name, string Value)[] Labels, (double Value, long Time)[] Samples)[] series, long[] starts)
    {
        List<string> symbols = ["", .. series.SelectMany(one => one.Labels).SelectMany(label => (string[])[label.Name, label.Value]).Distinct()];
        return Message(request =>
        {
            foreach (var symbol in symbols)
                Text(request, 4, symbol);
            foreach (var (index, (labels, samples)) in series.Index())
            {
                Field(request, 5, one =>
                {
                    Field(one, 1, refs =>
                    {
                        foreach (var (name, value) in labels)
                        {
                            refs.WriteUInt32((uint)symbols.IndexOf(name));
                            refs.WriteUInt32((uint)symbols.IndexOf(value));
                        }
                    });
                    Samples(one, samples, starts.ElementAtOrDefault(index));
                    Field(one, 5, metadata => metadata.WriteRawTag(8, 1));
                });
            }
        });
    }

    public static byte[] Message(Action<CodedOutputStream> write)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory, leaveOpen: true))
            write(output);
        return memory.ToArray();
    }

    public static void Field(CodedOutputStream output, int number, Action<CodedOutputStream> write)
    {
        output.WriteTag(number, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(Message(write)));
    }

    public static void Text(CodedOutputStream output, int number, string text)
    {
        output.WriteTag(number, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }

    private static void Samples(CodedOutputStream series, (double Value, long Time)[] samples, long start = 0)
    {
        foreach (var (value, time) in samples)
        {
            Field(series, 2, sample =>
            {
                sample.WriteTag(1, WireFormat.WireType.Fixed64);
                sample.WriteDouble(value);
                sample.WriteTag(2, WireFormat.WireType.Varint);
                sample.WriteInt64(time);
                if (start == 0)
                    return;
                sample.WriteTag(3, WireFormat.WireType.Varint);
                sample.WriteInt64(start);
            });
        }
    }
}
