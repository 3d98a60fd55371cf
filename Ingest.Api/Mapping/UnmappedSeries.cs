using System.Diagnostics;
using System.Diagnostics.Metrics;
using LaunchStack.Usage.Writing;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Counts the values that reach no column, and keeps which they were, for a person to look at.</summary>
internal sealed class UnmappedSeries
{
    private const int MaxKinds = 1_000;

    // A label may hold a password; whoever may read the report need not know it.
    private const string Hidden = "hidden (Mapping:ShowLabelValues)";

    private readonly Dictionary<(SeriesOwner Owner, WireProtocol Source, string Name, UnmappedReason Reason), Entry> _entries = [];
    private readonly Lock _gate = new();
    private readonly Counter<long> _counter;
    private readonly TimeProvider _time;
    private readonly bool _showValues;

    public UnmappedSeries(IMeterFactory meters, IOptions<MappingOptions> options, TimeProvider time)
    {
        _counter = meters.Create(WriterTelemetry.Name).CreateCounter<long>(
            "launchstack.ingest.unmapped", "{value}", "Values of series that reached no column, by reason.");
        _time = time;
        _showValues = options.Value.ShowLabelValues;
    }

    /// <summary>Adds what one request had.</summary>
    public void Add(SeriesBatch batch)
    {
        if (batch.UnmappedValues == 0)
            return;
        var now = _time.GetUtcNow();
        foreach (var ((series, reason), count) in batch.Unmapped)
        {
            var source = series.Description.Source;
            _counter.Add(count, new TagList { { "source", Name(source) }, { "reason", Name(reason) } });
            lock (_gate)
                Count((batch.Owner, source, Short(series.Description.Name), reason), series.Description, count, now);
        }
    }

    /// <summary>What has been seen of an owner's series, the most frequent first; the platform sees everybody's.</summary>
    public IReadOnlyList<UnmappedReport> Report(SeriesOwner owner)
    {
        lock (_gate)
        {
            return
            [
                .. _entries
                    .Where(pair => owner == SeriesOwner.Platform || pair.Key.Owner == owner)
                    .OrderByDescending(pair => pair.Value.Count)
                    .Select(pair => new UnmappedReport(
                        Name(pair.Key.Source), pair.Key.Name, Name(pair.Key.Reason), pair.Value.Count,
                        pair.Value.LastSeen, pair.Value.Example)),
            ];
        }
    }

    private void Count(
        (SeriesOwner, WireProtocol, string, UnmappedReason) key, SeriesDescription series, int count, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            // The one unseen for longest makes room.
            if (_entries.Count >= MaxKinds)
                _entries.Remove(_entries.MinBy(pair => pair.Value.LastSeen).Key);
            _entries[key] = entry = new Entry();
        }

        entry.Count += count;
        entry.LastSeen = now;
        entry.Example ??= series.Labels.Take(16).GroupBy(label => Short(label.Key)).ToDictionary(
            group => group.Key, group => _showValues ? Short(group.First().Value) : Hidden);
    }

    private static string Short(string text) => text.Length <= 200 ? text : $"{text.AsSpan(0, 200)}…";

    private static string Name<T>(T value) where T : struct, Enum =>
        System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private sealed class Entry
    {
        public long Count { get; set; }

        public DateTimeOffset LastSeen { get; set; }

        public IReadOnlyDictionary<string, string>? Example { get; set; }
    }
}
