using System.Text;
using LaunchStack.Ingest.Api.Mapping;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>Keeps what a parser reads, as text: <c>name{label="value"} value @nanoseconds</c>.</summary>
internal sealed class RecordingSink : ISeriesSink
{
    private readonly Dictionary<string, Series> _series = [];

    public List<string> Points { get; } = [];

    public int Defined { get; private set; }

    public Series? Find(ReadOnlySpan<byte> key) => _series.GetValueOrDefault(Convert.ToHexString(key));

    public Series Define(ReadOnlySpan<byte> key, SeriesDescription description)
    {
        Defined++;
        return _series[Convert.ToHexString(key)] = new Series(description, UnmappedReason.NoRule);
    }

    public Series Unmappable(SeriesDescription description, UnmappedReason reason) => new(description, reason);

    public void Add(Series series, long unixNanoseconds, double value)
    {
        var text = new StringBuilder(series.Description.Name);
        if (series.Description.Labels.Count > 0)
            text.Append('{').AppendJoin(',', series.Description.Labels.Select(label => $"{label.Key}=\"{label.Value}\"")).Append('}');
        if (series.Description.IsDelta)
            text.Append(" delta");
        if (series.Reason == UnmappedReason.Histogram)
            text.Append(" histogram");
        Points.Add(FormattableString.Invariant($"{text} {value} @{unixNanoseconds}"));
    }
}
