using LaunchStack.Dashboard.Otlp;
using Microsoft.Extensions.Options;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;

namespace LaunchStack.Dashboard.Metrics;

/// <summary>The newest points of each resource, within a count; the oldest are dropped and counted.</summary>
internal sealed class MetricStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TelemetryResource, Dictionary<(string Scope, string Name), StoredInstrument>> _instruments = [];
    private readonly Dictionary<TelemetryResource, Queue<MetricSeries>> _arrivals = [];
    private readonly TelemetryResources _resources;
    private readonly TelemetryLimits _limits;
    private long _version, _dropped;

    public MetricStore(TelemetryResources resources, IOptions<DashboardOptions> options)
    {
        _resources = resources;
        _limits = options.Value.TelemetryLimits;
        resources.Dropped += Forget;
    }

    /// <summary>Grows with every point.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Points dropped because a limit was reached.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Add(IEnumerable<ResourceMetrics> batch, Rejections rejected)
    {
        foreach (var resourceMetrics in batch)
        {
            var resource = _resources.Get(resourceMetrics.Resource);
            foreach (var scopeMetrics in resourceMetrics.ScopeMetrics)
                foreach (var metric in scopeMetrics.Metrics)
                    lock (_gate)
                        Add(resource, scopeMetrics.Scope?.Name ?? "", metric, rejected);
        }
    }

    private void Add(TelemetryResource resource, string scope, Metric metric, Rejections rejected)
    {
        if (metric.Name.Length == 0) { rejected.Add("a metric has no name", Math.Max(1, MetricPoints.Count(metric))); return; }
        if (metric.DataCase == Metric.DataOneofCase.None) { rejected.Add("a metric has no data"); return; }
        if (MetricPoints.Temporality(metric) == AggregationTemporality.Unspecified)
        {
            rejected.Add("a sum or histogram has no temporality", Math.Max(1, MetricPoints.Count(metric)));
            return;
        }

        if (!_instruments.TryGetValue(resource, out var own)) _instruments[resource] = own = [];
        var (kind, delta) = MetricPoints.Kind(metric);
        if (!own.TryGetValue((scope, metric.Name), out var instrument) || instrument.Kind != kind || instrument.Delta != delta)
            own[(scope, metric.Name)] = instrument = new(resource, scope, metric.Name, metric.Description, metric.Unit, kind, delta);
        MetricPoints.Read(metric, rejected, (attributes, extra, point) => Add(instrument, attributes, extra, point));
    }

    private void Add(StoredInstrument instrument, IEnumerable<KeyValue> attributes, KeyValuePair<string, string>? extra, MetricPoint point)
    {
        var pairs = attributes.Select(a => KeyValuePair.Create(a.Key, AnyValueText.Of(a.Value))).OrderBy(p => p.Key, StringComparer.Ordinal).ToArray();
        if (extra is { } added) pairs = [.. pairs, added];
        var key = string.Join('\u001f', pairs.Select(p => $"{p.Key}\u001e{p.Value}"));
        if (!instrument.Series.TryGetValue(key, out var series)) instrument.Series[key] = series = new(instrument, key, pairs);
        if (point.Histogram is { } histogram)
        {
            if (series.Bounds is { } bounds && bounds.AsSpan().SequenceEqual(histogram.Bounds)) point = point with { Histogram = histogram with { Bounds = bounds } };
            else series.Bounds = histogram.Bounds;
        }

        series.Points.Enqueue(point);
        Interlocked.Increment(ref _version);
        if (!_arrivals.TryGetValue(instrument.Resource, out var arrivals)) _arrivals[instrument.Resource] = arrivals = new();
        arrivals.Enqueue(series);
        while (arrivals.Count > _limits.MaxMetricsCount) DropOldest(arrivals.Dequeue());
    }

    private void DropOldest(MetricSeries series)
    {
        _dropped++;
        series.Points.Dequeue();
        if (series.Points.Count > 0) return;
        var instrument = series.Instrument;
        if (instrument.Series.GetValueOrDefault(series.Key) == series) instrument.Series.Remove(series.Key);
        if (instrument.Series.Count == 0 && _instruments.TryGetValue(instrument.Resource, out var own)
            && own.GetValueOrDefault((instrument.Scope, instrument.Name)) == instrument) own.Remove((instrument.Scope, instrument.Name));
    }

    private void Forget(TelemetryResource resource)
    {
        lock (_gate)
        {
            _instruments.Remove(resource);
            if (_arrivals.Remove(resource, out var arrivals)) _dropped += arrivals.Count;
        }
    }

    /// <summary>The instruments of a service, by scope and name.</summary>
    public IReadOnlyList<InstrumentInfo> Instruments(string service)
    {
        lock (_gate)
            return [.. _instruments.Where(r => r.Key.Name == service).SelectMany(r => r.Value.Values)
                .Select(i => new InstrumentInfo(i.Scope, i.Name, i.Description, i.Unit, i.Kind))
                .DistinctBy(i => (i.Scope, i.Name))
                .OrderBy(i => i.Scope, StringComparer.Ordinal).ThenBy(i => i.Name, StringComparer.Ordinal)];
    }

    /// <summary>The series of one instrument over all instances of a service, with points from <paramref name="from"/> on and one before.</summary>
    public IReadOnlyList<SeriesPoints> Read(string service, string scope, string name, ulong from)
    {
        lock (_gate)
        {
            var instruments = _instruments.Where(r => r.Key.Name == service)
                .Select(r => r.Value.GetValueOrDefault((scope, name))).OfType<StoredInstrument>().ToArray();
            return [.. instruments.SelectMany(i => i.Series.Values.Select(s => new SeriesPoints(
                instruments.Length > 1 ? [KeyValuePair.Create("instance", i.Resource.Instance), .. s.Attributes] : s.Attributes,
                i.Kind, i.Delta, After(s.Points, from))).Where(s => s.Points.Length > 0))];
        }
    }

    private static MetricPoint[] After(Queue<MetricPoint> points, ulong from)
    {
        var all = points.ToArray();
        var first = Array.FindIndex(all, p => p.Time >= from);
        return first < 0 ? [] : all[Math.Max(0, first - 1)..];
    }
}
