using System.Text;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Mapping;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>Keeps what a parser reads, as text: <c>name{label="value"} value @nanoseconds</c>.</summary>
internal sealed class RecordingBatch : SeriesBatch
{
    private static readonly MappingOptions MappingOptions = new() { ShowLabelValues = true };
    private static readonly MappingTable Table = new(Options.Create(MappingOptions));
    private static readonly BodyMemory All = new(Options.Create(new BodyOptions()));
    private readonly SeriesCatalog _catalog;

    public RecordingBatch() : this(new SeriesCatalog(Table, MappingOptions))
    {
    }

    private RecordingBatch(SeriesCatalog catalog) : base(SeriesOwner.Platform, catalog, All) => _catalog = catalog;

    public List<string> Read { get; } = [];

    public int Defined => _catalog.Count;

    public override void Add(Series series, long unixNanoseconds, double value, long start = 0)
    {
        if (series.Refusal is { } refusal)
        {
            Refuse(refusal, new(series, unixNanoseconds, Index));
            return;
        }
        var text = new StringBuilder(series.Description.Name);
        if (series.Description.Labels.Count > 0)
            text.Append('{').AppendJoin(',', series.Description.Labels.Select(label => $"{label.Key}=\"{label.Value}\"")).Append('}');
        if (series.Description.IsDelta)
            text.Append(" delta");
        if (series.Reason is UnmappedReason.Histogram or UnmappedReason.TooLong)
            text.Append(series.Reason == UnmappedReason.Histogram ? " histogram" : " too long");
        Read.Add(FormattableString.Invariant($"{text} {value} @{unixNanoseconds}{(start == 0 ? "" : $" since {start}")}"));
    }

    public override void End(Series series, long unixNanoseconds)
    {
        if (series.Refusal is { } refusal)
            Refuse(refusal, new(series, unixNanoseconds, Index));
        else
            Read.Add($"{series.Description.Name} ends @{unixNanoseconds}");
    }
}
