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

    private static readonly WireFormat Format = new();

    private readonly ReadOnlySpan<byte> _body = body;
    private readonly List<(int Start, int Length)> _symbols = [];
    private readonly List<int> _labels = [];
    private readonly WireKey _key = new(Format);
    private RemoteWriteCounts _counts;
    private int _series;

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
            if (request.Field is 1 or 3)
                throw RemoteWriteSamples.OtherVersion(RemoteWriteEndpoints.Version1);
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
        RemoteWriteSamples.ReadAll(series, Find(series), batch, exemplars: 4, histograms: 3, ref _counts, Created(series));
        _series++;
    }

    private readonly Series Find(ProtoReader series)
    {
        batch.Look();
        if (ReadLabels(series) is { } refusal)
            return new(WireProtocol.Prometheus, $"timeseries[{_series}]", refusal);
        _key.Begin();
        foreach (var label in _labels)
            _key.WriteText(Symbol(label));
        // A few bytes can name one long symbol many times.
        return _key.IsTooLong
            ? SeriesCatalog.TooLong(new(WireProtocol.Prometheus, Metric(), []))
            : batch.Find(_key) ?? RemoteWriteSamples.Define(_key, Labels(), batch);
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

    // What is wrong with them, null when nothing.
    private readonly string? ReadLabels(ProtoReader series)
    {
        _labels.Clear();
        string? refusal = null;
        while (refusal is null && series.Next())
        {
            if (series.Is(1, ProtoWire.Varint))
            {
                refusal = AddLabel(series.Varint());
            }
            else if (series.Is(1, ProtoWire.Bytes))
            {
                var packed = series.Message();
                while (refusal is null && packed.Position < packed.Length)
                    refusal = AddLabel(packed.Varint());
            }
            else
            {
                series.Skip();
            }
        }

        return refusal ?? (_labels.Count % 2 == 0 ? null : "Labels come as pairs of name and value.");
    }

    private readonly string? AddLabel(ulong symbol)
    {
        if (symbol >= (ulong)_symbols.Count)
            return "A series names a symbol that is not there.";
        if (_labels.Count >= MaxLabels)
            return $"A series has more than {MaxLabels / 2} labels.";
        _labels.Add((int)symbol);
        return null;
    }

    private readonly string Metric()
    {
        for (var i = 0; i < _labels.Count; i += 2)
        {
            if (Symbol(_labels[i]).SequenceEqual("__name__"u8))
                return WireText.Start(Symbol(_labels[i + 1]));
        }

        return "";
    }

    private readonly List<KeyValuePair<string, string>> Labels()
    {
        var labels = new List<KeyValuePair<string, string>>();
        for (var i = 0; i < _labels.Count; i += 2)
            labels.Add(new(WireText.Of(Symbol(_labels[i])), WireText.Of(Symbol(_labels[i + 1]))));
        return labels;
    }

    private readonly ReadOnlySpan<byte> Symbol(int index) => _body.Slice(_symbols[index].Start, _symbols[index].Length);
}
