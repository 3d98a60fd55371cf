using Google.Protobuf;
using LaunchStack.Dashboard.Otlp;
using Microsoft.Extensions.Options;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;

namespace LaunchStack.Dashboard.Logs;

/// <summary>The newest log records of each resource, within a count each and a size in all; the oldest are dropped and counted.</summary>
internal sealed class LogStore
{
    private readonly Lock _gate = new();
    private readonly LinkedList<StoredLog> _order = [];
    private readonly Dictionary<TelemetryResource, Queue<LinkedListNode<StoredLog>>> _byResource = [];
    private readonly TelemetryResources _resources;
    private readonly TelemetryLimits _limits;
    private readonly TimeProvider _time;
    private long _sequence, _bytes, _dropped;

    public LogStore(TelemetryResources resources, IOptions<DashboardOptions> options, TimeProvider time)
    {
        _resources = resources;
        _limits = options.Value.TelemetryLimits;
        _time = time;
        resources.Dropped += Forget;
    }

    /// <summary>Grows with every record.</summary>
    public long Version => Interlocked.Read(ref _sequence);

    /// <summary>Records dropped because a limit was reached.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Add(IEnumerable<ResourceLogs> batch, Rejections rejected)
    {
        foreach (var resourceLogs in batch)
        {
            var resource = _resources.Get(resourceLogs.Resource);
            foreach (var scopeLogs in resourceLogs.ScopeLogs)
            {
                var scope = scopeLogs.Scope ?? new InstrumentationScope();
                foreach (var record in scopeLogs.LogRecords) Add(resource, scope, record, rejected);
            }
        }
    }

    private void Add(TelemetryResource resource, InstrumentationScope scope, LogRecord record, Rejections rejected)
    {
        if (!record.TraceId.IsEmpty && record.TraceId.Length != 16) { rejected.Add("a log record's trace_id is not 16 bytes"); return; }
        if (!record.SpanId.IsEmpty && record.SpanId.Length != 8) { rejected.Add("a log record's span_id is not 8 bytes"); return; }
        OtlpIds.TryTrace(record.TraceId, out var traceId);
        OtlpIds.TrySpan(record.SpanId, out var spanId);
        var time = record.TimeUnixNano != 0 ? record.TimeUnixNano
            : record.ObservedTimeUnixNano != 0 ? record.ObservedTimeUnixNano : UnixNano.Of(_time.GetUtcNow());
        var encoded = record.ToByteArray();
        var body = AnyValueText.Of(record.Body);
        lock (_gate)
        {
            var node = _order.AddLast(new StoredLog
            {
                Sequence = Interlocked.Increment(ref _sequence), Resource = resource, Scope = scope, Time = time, Level = Level(record.SeverityNumber),
                Body = body.Length > 0 ? body : record.EventName, TraceId = traceId, SpanId = spanId, Encoded = encoded,
            });
            if (!_byResource.TryGetValue(resource, out var own)) _byResource[resource] = own = new();
            own.Enqueue(node);
            _bytes += encoded.Length;
            while (own.Count > _limits.MaxLogCount) DropOldest(own);
            while (_bytes > _limits.MaxLogBytes && _order.Count > 1) DropOldest(_byResource[_order.First!.Value.Resource]);
        }
    }

    private void DropOldest(Queue<LinkedListNode<StoredLog>> own)
    {
        var node = own.Dequeue();
        _order.Remove(node);
        _bytes -= node.Value.Encoded.Length;
        _dropped++;
    }

    private void Forget(TelemetryResource resource)
    {
        lock (_gate)
            if (_byResource.Remove(resource, out var own))
                while (own.Count > 0) DropOldest(own);
    }

    private static LogLevelName Level(SeverityNumber severity) =>
        (int)severity is > 0 and <= 24 ? (LogLevelName)(((int)severity - 1) / 4 + 1) : LogLevelName.Unset;

    /// <summary>The newest records that match, newest first, of those that came after <paramref name="after"/>.</summary>
    public IReadOnlyList<StoredLog> List(LogFilter filter, int limit, long after = 0)
    {
        // Attribute filters decode: the copy is taken under the lock, the search is not.
        List<StoredLog> all = [];
        lock (_gate)
            for (var node = _order.Last; node is not null && node.Value.Sequence > after; node = node.Previous) all.Add(node.Value);
        return [.. all.Where(filter.Matches).Take(limit)];
    }

    /// <summary>Records held now.</summary>
    public int Held()
    {
        lock (_gate) return _order.Count;
    }
}
