using System.Runtime.InteropServices;
using Google.Protobuf;
using LaunchStack.Dashboard.Otlp;
using Microsoft.Extensions.Options;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace LaunchStack.Dashboard.Traces;

/// <summary>The newest traces, within a count and a size; the oldest are dropped and counted.</summary>
internal sealed class TraceStore
{
    private const int MostBacklinks = 100;

    private readonly Lock _gate = new();
    private readonly LinkedList<StoredTrace> _order = [];
    private readonly Dictionary<UInt128, LinkedListNode<StoredTrace>> _traces = [];
    private readonly Dictionary<UInt128, List<StoredSpan>> _backlinks = [];
    private readonly StringPool _names = new();
    private readonly TelemetryResources _resources;
    private readonly TelemetryLimits _limits;
    private long _sequence, _bytes, _dropped, _received;

    public TraceStore(TelemetryResources resources, IOptions<DashboardOptions> options)
    {
        _resources = resources;
        _limits = options.Value.TelemetryLimits;
        resources.Dropped += Forget;
    }

    /// <summary>Grows with every span; pages and followers compare it.</summary>
    public long Version => Interlocked.Read(ref _sequence);

    /// <summary>Spans dropped because a limit was reached.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Spans taken since the start.</summary>
    public long Received => Interlocked.Read(ref _received);

    public void Add(IEnumerable<ResourceSpans> batch, Rejections rejected)
    {
        foreach (var resourceSpans in batch)
        {
            var resource = _resources.Get(resourceSpans.Resource);
            foreach (var scopeSpans in resourceSpans.ScopeSpans)
            {
                var scope = scopeSpans.Scope ?? new InstrumentationScope();
                foreach (var span in scopeSpans.Spans) Add(resource, scope, span, rejected);
            }
        }
    }

    private void Add(TelemetryResource resource, InstrumentationScope scope, Span span, Rejections rejected)
    {
        if (!OtlpIds.TryTrace(span.TraceId, out var traceId)) { rejected.Add("a span's trace_id is not 16 bytes, or zero"); return; }
        if (!OtlpIds.TrySpan(span.SpanId, out var spanId)) { rejected.Add("a span's span_id is not 8 bytes, or zero"); return; }
        if (!span.ParentSpanId.IsEmpty && span.ParentSpanId.Length != 8) { rejected.Add("a span's parent_span_id is not 8 bytes"); return; }
        if (span.EndTimeUnixNano < span.StartTimeUnixNano) { rejected.Add("a span ends before it starts"); return; }
        OtlpIds.TrySpan(span.ParentSpanId, out var parentId);
        UInt128[] linked = span.Links.Count == 0 ? [] : [.. span.Links
            .Select(l => OtlpIds.TryTrace(l.TraceId, out var id) ? id : 0).Where(id => id != 0 && id != traceId).Distinct()];
        var encoded = span.ToByteArray();
        lock (_gate)
        {
            _received++;
            var stored = new StoredSpan
            {
                Sequence = Interlocked.Increment(ref _sequence), Resource = resource, Scope = scope, TraceId = traceId, SpanId = spanId,
                ParentId = parentId, Name = _names.Get(span.Name), Kind = span.Kind, Start = span.StartTimeUnixNano, End = span.EndTimeUnixNano,
                Error = span.Status?.Code == Status.Types.StatusCode.Error, Encoded = encoded, LinkedTraces = linked,
            };
            if (!_traces.TryGetValue(traceId, out var node))
                _traces[traceId] = node = _order.AddLast(new StoredTrace(traceId));
            if (node.Value.Spans.Count >= _limits.MaxSpansPerTrace) { _dropped++; return; }
            node.Value.Add(stored);
            _bytes += encoded.Length;
            foreach (var link in linked) AddBacklink(link, stored);
            while (_traces.Count > _limits.MaxTraceCount || (_bytes > _limits.MaxTraceBytes && _traces.Count > 1)) Drop(_order.First!);
        }
    }

    private void AddBacklink(UInt128 trace, StoredSpan from)
    {
        ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(_backlinks, trace, out _);
        list ??= [];
        if (list.Count < MostBacklinks) list.Add(from);
    }

    private void Drop(LinkedListNode<StoredTrace> node)
    {
        _order.Remove(node);
        _traces.Remove(node.Value.Id);
        _bytes -= node.Value.Bytes;
        _dropped += node.Value.Spans.Count;
        foreach (var span in node.Value.Spans)
            foreach (var link in span.LinkedTraces)
                if (_backlinks.TryGetValue(link, out var list) && list.Remove(span) && list.Count == 0) _backlinks.Remove(link);
    }

    private void Forget(TelemetryResource resource)
    {
        lock (_gate)
            for (var node = _order.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Spans.TrueForAll(s => s.Resource == resource)) Drop(node);
                node = next;
            }
    }

    /// <summary>The newest traces that match, newest first.</summary>
    public IReadOnlyList<TraceSummary> List(TraceFilter filter, int limit)
    {
        var found = new List<TraceSummary>();
        lock (_gate)
            for (var node = _order.Last; node is not null && found.Count < limit; node = node.Previous)
                if (node.Value.Spans.Count > 0 && filter.Matches(node.Value)) found.Add(node.Value.Summarise());
        return found;
    }

    /// <summary>The spans of one trace, earliest first; empty when it is not (any longer) here.</summary>
    public IReadOnlyList<StoredSpan> Spans(UInt128 trace)
    {
        lock (_gate)
            return _traces.TryGetValue(trace, out var node) ? [.. node.Value.Spans.OrderBy(s => s.Start).ThenBy(s => s.Sequence)] : [];
    }

    /// <summary>Spans of the traces that match which came after <paramref name="after"/>, in order of arrival.</summary>
    public IReadOnlyList<StoredSpan> Spans(TraceFilter filter, long after, int limit)
    {
        var found = new List<StoredSpan>();
        lock (_gate)
            for (var node = _order.Last; node is not null; node = node.Previous)
            {
                if (node.Value.Spans.Count == 0 || node.Value.Spans[^1].Sequence <= after || !filter.Matches(node.Value)) continue;
                found.AddRange(node.Value.Spans.Where(s => s.Sequence > after && (filter.Resource is not { Length: > 0 } name || s.Resource.Name == name)));
                if (after == 0 && found.Count >= limit) break;
            }

        found.Sort((a, b) => a.Sequence.CompareTo(b.Sequence));
        return found.Count > limit && after == 0 ? found[^limit..] : found;
    }

    /// <summary>Spans of other traces that link to this one: a batch's commit, seen from a request it served.</summary>
    public IReadOnlyList<StoredSpan> LinksTo(UInt128 trace)
    {
        lock (_gate) return _backlinks.TryGetValue(trace, out var spans) ? [.. spans] : [];
    }

    /// <summary>Traces and spans held now.</summary>
    public (int Traces, long Bytes) Held()
    {
        lock (_gate) return (_traces.Count, _bytes);
    }
}
