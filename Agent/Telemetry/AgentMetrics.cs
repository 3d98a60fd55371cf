using System.Diagnostics;
using System.Diagnostics.Metrics;
using LaunchStack.Agent.Delivery;
using LaunchStack.Agent.Spooling;

namespace LaunchStack.Agent.Telemetry;

/// <summary>What the agent counts. Names follow https://opentelemetry.io/docs/specs/semconv/general/metrics/ and stand in docs/telemetry.md.</summary>
internal sealed class AgentMetrics
{
    public const string Name = "LaunchStack.Agent";

    private readonly TimeProvider _time;
    private readonly Meter _meter;
    private readonly Counter<long> _taken, _sent, _dropped, _dead, _failures;
    private readonly Histogram<double> _duration;
    private long _totalSent, _totalDead;

    public AgentMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        _meter = meters.Create(Name);
        _taken = _meter.CreateCounter<long>("launchstack.agent.samples.taken", "{sample}", "Samples measured, by source: machine, simulated.");
        _sent = _meter.CreateCounter<long>("launchstack.agent.samples.sent", "{sample}", "Samples Ingest.Api has, by outcome: accepted, duplicate.");
        _dead = _meter.CreateCounter<long>("launchstack.agent.samples.dead", "{sample}", "Dead letters, by code.");
        _dropped = _meter.CreateCounter<long>("launchstack.agent.samples.dropped", "{sample}", "Samples lost, by reason: full, disk_full, corrupt, unwritten, dead_letter.");
        _failures = _meter.CreateCounter<long>("launchstack.agent.requests.failed", "{request}", "Requests not taken, by reason: unavailable, misconfigured, refused.");
        _duration = _meter.CreateHistogram<double>("launchstack.agent.request.duration", "s", "Time of one POST /v1/usage.");
    }

    public static ActivitySource Activities { get; } = new(Name);

    /// <summary>Since start: samples Ingest.Api has, dead letters.</summary>
    public (long Sent, long Dead) Totals => (Interlocked.Read(ref _totalSent), Interlocked.Read(ref _totalDead));

    /// <summary>Shows what waits.</summary>
    public void Watch(Spool spool)
    {
        _meter.CreateObservableUpDownCounter("launchstack.agent.spool.samples", () => spool.Waiting, "{sample}", "Samples waiting on disk.");
        _meter.CreateObservableUpDownCounter("launchstack.agent.spool.size", () => spool.Bytes, "By", "Bytes of the spool on disk.");
    }

    public void Taken(int machine, int simulated)
    {
        _taken.Add(machine, new KeyValuePair<string, object?>("source", "machine"));
        _taken.Add(simulated, new KeyValuePair<string, object?>("source", "simulated"));
    }

    public void Settled(long accepted, long duplicates)
    {
        _sent.Add(accepted, new KeyValuePair<string, object?>("outcome", "accepted"));
        _sent.Add(duplicates, new KeyValuePair<string, object?>("outcome", "duplicate"));
        Interlocked.Add(ref _totalSent, accepted + duplicates);
    }

    public void DeadLetters(int count, string code)
    {
        _dead.Add(count, new KeyValuePair<string, object?>("code", code));
        Interlocked.Add(ref _totalDead, count);
    }

    public void Dropped(long samples, string reason) => _dropped.Add(samples, new KeyValuePair<string, object?>("reason", reason));

    public void Answered(IngestAnswer answer)
    {
        var reason = answer switch
        {
            IngestAnswer.Unavailable => "unavailable",
            IngestAnswer.Misconfigured => "misconfigured",
            IngestAnswer.Refused => "refused",
            _ => null,
        };
        if (reason is not null)
            _failures.Add(1, new KeyValuePair<string, object?>("reason", reason));
    }

    /// <summary>Measures until it is disposed of.</summary>
    public IDisposable TimeRequest() => new Stopwatch(this, _time.GetTimestamp());

    private sealed class Stopwatch(AgentMetrics metrics, long start) : IDisposable
    {
        public void Dispose() => metrics._duration.Record(metrics._time.GetElapsedTime(start).TotalSeconds);
    }
}
