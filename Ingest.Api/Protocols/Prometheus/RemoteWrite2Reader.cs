using System.Buffers;
using System.Text;
using LaunchStack.Ingest.Api.Mapping;

namespace LaunchStack.Ingest.Api.Protocols.Prometheus;

/// <summary>
/// Reads <c>io.prometheus.write.v2.Request</c>, remote write 2.0: labels are numbers of strings in a table.
/// https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
/// </summary>
internal ref struct RemoteWrite2Reader(ReadOnlySpan<byte> body, SeriesBatch batch)
{
    // Eight bytes each; Prometheus sends some hundred a request.
    private const int MaxSymbols = 500_000;

    private const int MaxLabels = 2_000;

    private readonly ReadOnlySpan<byte> _body = body;
    private readonly List<(int Start, int Length)> _symbols = [];
    private readonly List<int> _labels = [];
    private readonly ArrayBufferWriter<byte> _key = new(512);
    private RemoteWriteCounts _counts;

    public RemoteWriteCounts Read()
    {
        ReadSymbols();
        var request = new ProtoReader(_body);
        while (request.Next())
        {
            if (request.Is(5, ProtoWire.Bytes))
                ReadSeries(request.Message());
            else
                request.Skip();
        }

        return _counts;
    }

    private readonly void ReadSymbols()
    {
        var request = new ProtoReader(_body);
        while (request.Next())
        {
            if (!request.Is(4, ProtoWire.Bytes))
            {
                request.Skip();
                continue;
            }

            if (_symbols.Count >= MaxSymbols)
                throw Refusal.TooLarge($"More than {MaxSymbols} symbols in one request.");
            var length = request.Bytes().Length;
            _symbols.Add((request.Position - length, length));
        }

        if (_symbols.Count > 0 && _symbols[0].Length > 0)
            throw Refusal.Malformed(_symbols[0].Start, "the first symbol must be empty");
    }

    private void ReadSeries(ProtoReader series)
    {
        ReadLabels(series);
        _key.ResetWrittenCount();
        _key.Write([(byte)WireFormat.RemoteWrite2]);
        foreach (var label in _labels)
        {
            var symbol = Symbol(label);
            if (_key.WrittenCount + symbol.Length > RemoteWriteReader.MaxLabelBytes)
                throw series.Bad($"the labels of a series have more than {RemoteWriteReader.MaxLabelBytes} bytes");
            _key.Write(BitConverter.GetBytes(symbol.Length));
            _key.Write(symbol);
        }

        var known = batch.Find(_key.WrittenSpan) ?? batch.Define(_key.WrittenSpan, Describe(series));
        RemoteWriteSamples.ReadAll(series, known, batch, exemplars: 4, histograms: 3, ref _counts, Created(series));
    }

    // As 2.0-rc.3 had it, which Prometheus before 3.8 sends; now each sample has its own.
    private static long Created(ProtoReader series)
    {
        var created = 0L;
        while (series.Next())
        {
            if (series.Is(6, ProtoWire.Varint))
                created = (long)series.Varint();
            else
                series.Skip();
        }

        return created;
    }

    private readonly void ReadLabels(ProtoReader series)
    {
        _labels.Clear();
        while (series.Next())
        {
            if (series.Is(1, ProtoWire.Varint))
            {
                AddLabel(ref series);
            }
            else if (series.Is(1, ProtoWire.Bytes))
            {
                var packed = series.Message();
                while (packed.Position < packed.Length)
                    AddLabel(ref packed);
            }
            else
            {
                series.Skip();
            }
        }

        if (_labels.Count % 2 != 0)
            throw series.Bad("labels come as pairs of name and value");
    }

    private readonly void AddLabel(ref ProtoReader reader)
    {
        var symbol = reader.Varint();
        if (symbol >= (ulong)_symbols.Count)
            throw reader.Bad($"there is no symbol {symbol}");
        if (_labels.Count >= MaxLabels)
            throw reader.Bad($"a series has more than {MaxLabels / 2} labels");
        _labels.Add((int)symbol);
    }

    private readonly SeriesDescription Describe(ProtoReader series)
    {
        var labels = new List<KeyValuePair<string, string>>();
        var metric = "";
        for (var i = 0; i < _labels.Count; i += 2)
        {
            var name = Encoding.UTF8.GetString(Symbol(_labels[i]));
            var value = Encoding.UTF8.GetString(Symbol(_labels[i + 1]));
            if (name == "__name__")
                metric = value;
            else
                labels.Add(new(name, value));
        }

        return metric.Length > 0
            ? new SeriesDescription(WireProtocol.Prometheus, metric, labels)
            : throw series.Bad("a series has no label __name__");
    }

    private readonly ReadOnlySpan<byte> Symbol(int index) => _body.Slice(_symbols[index].Start, _symbols[index].Length);
}
