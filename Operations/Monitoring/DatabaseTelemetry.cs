using System.Diagnostics.Metrics;
using LaunchStack.Operations.Monitoring.Snapshot;

namespace LaunchStack.Operations.Monitoring;

/// <summary>The last reading as metrics; names are documented in docs/telemetry.md.</summary>
internal sealed class DatabaseTelemetry : IHostedService, IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "LaunchStack.Operations";

    private static readonly Meter Samples = new(Name);

    // Whole seconds, so that the buckets of request durations are not put over them.
    private static readonly Histogram<long> Lateness = Samples.CreateHistogram<long>(
        "launchstack.samples.lateness", "s", "From a sample's own time to its arrival.", tags: null,
        new() { HistogramBucketBoundaries = [.. LatenessReader.Bounds.Select(bound => (long)bound)] });

    private readonly Meter _meter = new(Name);
    private readonly DatabaseMonitor _monitor;

    /// <summary>Counts new samples of one bucket.</summary>
    public static void RecordLateness(double seconds, long samples)
    {
        for (var i = 0L; Lateness.Enabled && i < samples; i++)
            Lateness.Record((long)seconds);
    }

    public DatabaseTelemetry(DatabaseMonitor monitor)
    {
        _monitor = monitor;
        PerRelation("launchstack.relation.rows", "{row}", "Rows, approximate.", r => r.Rows);
        PerRelation("launchstack.relation.size", "By", "Table, indexes and TOAST.", r => r.TotalBytes);
        PerRelation("launchstack.relation.index.size", "By", "Indexes.", r => r.IndexBytes);
        PerRelation("launchstack.relation.uncompressed.size", "By", "Bytes of the compressed chunks before they were compressed.", r => r.BeforeCompressionBytes);
        PerRelation("launchstack.relation.compressed.size", "By", "Bytes of the compressed chunks.", r => r.AfterCompressionBytes);
        PerRelation("launchstack.relation.chunks", "{chunk}", "Chunks.", r => r.Chunks);
        PerRelation("launchstack.relation.chunks.compressed", "{chunk}", "Compressed chunks.", r => r.CompressedChunks);
        Per("launchstack.relation.chunk.age", "s", "Age of the oldest chunk.", s => s.Relations, r => r.Name, (s, r) => (s.ReadAt - r.Oldest)?.TotalSeconds, "relation");
        Gauge("launchstack.relation.chunks.overdue", "{chunk}", "Chunks that should have been compressed.", s => s.OverdueChunks.Count);
        Gauge("launchstack.open_chunks.index.size", "By", "Indexes of the chunks that are written to.", s => s.OpenChunks?.IndexBytes);
        Gauge("launchstack.open_chunks.index.ratio", "1", "The same, of shared_buffers.", s => (double?)s.OpenChunks?.IndexBytes / s.Server?.SharedBuffersBytes);

        PerJob("launchstack.job.success.age", "s", "Since the last run that succeeded.", (s, j) => (s.ReadAt - j.LastSuccess)?.TotalSeconds);
        PerJob("launchstack.job.failures", "{run}", "Failed runs since then.", (_, j) => j.ConsecutiveFailures);
        PerJob("launchstack.job.running", "s", "How long the run under way takes; 0: none is.", (_, j) => j.RunningForSeconds ?? 0);
        PerJob("launchstack.job.delay", "s", "How long it has been due.", (s, j) => Math.Max(0, (s.ReadAt - j.NextStart)?.TotalSeconds ?? 0));
        PerRollup("launchstack.rollup.behind", "s", "From the watermark to now, less the bucket that fills.", r => r.LagSeconds);
        PerRollup("launchstack.rollup.pending", "{range}", "Ranges of time whose changes it lacks.", r => r.PendingRanges);

        Gauge("launchstack.outbox.depth", "{event}", "Events that wait.", s => s.Outbox?.Waiting);
        Gauge("launchstack.outbox.age", "s", "Age of the oldest.", s => s.Outbox?.OldestSeconds);
        Gauge("launchstack.outbox.set_aside", "{event}", "Events that can never be published.", s => s.Outbox?.SetAside);
        Gauge("launchstack.connections.used", "{connection}", "Client connections.", s => s.Connections?.Used);
        Gauge("launchstack.connections.limit", "{connection}", "Most there can be.", s => s.Connections?.Limit);
        Gauge("launchstack.transactions.id.age", "{transaction}", "Age of the oldest transaction id.", s => s.Transactions?.OldestIdAge);
        Gauge("launchstack.transactions.open.age", "s", "Age of the oldest open transaction.", s => s.Transactions?.OldestOpenSeconds);
        Gauge("launchstack.log.written", "By", "Position of the write-ahead log.", s => s.Log?.WrittenBytes);
        Gauge("launchstack.log.size", "By", "Write-ahead log on disk.", s => s.Log?.KeptBytes);
        Per("launchstack.replica.lag", "s", "Replay lag.", s => s.Replicas, r => r.Name, (_, r) => r.LagSeconds ?? 0, "replica");
        Per("launchstack.replica.lag.size", "By", "Log not replayed.", s => s.Replicas, r => r.Name, (_, r) => r.LagBytes, "replica");
        Gauge("launchstack.database.size", "By", "The whole database.", s => s.Server?.DatabaseBytes);
        Gauge("launchstack.disk.free", "By", "Free on the database's disk.", s => s.Disk?.FreeBytes);
        Gauge("launchstack.disk.size", "By", "Size of that disk.", s => s.Disk?.TotalBytes);
        Gauge("launchstack.disk.growth", "By/d", "Growth a day, as measured.", s => s.Disk?.BytesPerDay);
        Gauge("launchstack.disk.days_left", "d", "Until it is full at that rate; absent while it does not grow.", s => s.Disk?.DaysUntilFull);
        Gauge("launchstack.monitoring.duration", "s", "One reading.", s => s.ReadSeconds);
        _meter.CreateObservableGauge("launchstack.alarm.active", Alarms, "{alarm}", "Alarms that hold, by alarm.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Alarms() => (_monitor.Latest?.Alarms ?? []).GroupBy(alarm => alarm.Name)
        .Select(group => new Measurement<long>(group.Count(), new KeyValuePair<string, object?>("alarm", group.Key)));

    private void Gauge(string name, string unit, string description, Func<DatabaseSnapshot, double?> value)
    {
        _meter.CreateObservableGauge(name, Read, unit, description);

        IEnumerable<Measurement<double>> Read()
        {
            if (_monitor.Latest is { } report && value(report.Database) is { } number)
                yield return new(number);
        }
    }

    private void Per<T>(
        string name, string unit, string description, Func<DatabaseSnapshot, IReadOnlyList<T>> items, Func<T, string> label,
        Func<DatabaseSnapshot, T, double?> value, string tag)
    {
        _meter.CreateObservableGauge(name, Read, unit, description);

        IEnumerable<Measurement<double>> Read()
        {
            if (_monitor.Latest is not { Database: var snapshot })
                yield break;
            foreach (var item in items(snapshot))
            {
                if (value(snapshot, item) is { } number)
                    yield return new(number, new KeyValuePair<string, object?>(tag, label(item)));
            }
        }
    }

    private void PerRelation(string name, string unit, string description, Func<RelationState, double?> value) =>
        Per(name, unit, description, s => s.Relations, r => r.Name, (_, r) => value(r), "relation");

    private void PerJob(string name, string unit, string description, Func<DatabaseSnapshot, JobState, double?> value) =>
        Per(name, unit, description, s => s.Jobs, j => $"{j.Procedure}:{j.Relation ?? $"{j.JobId}"}", value, "job");

    private void PerRollup(string name, string unit, string description, Func<RollupState, double?> value) =>
        Per(name, unit, description, s => s.Rollups, r => r.Name, (_, r) => value(r), "rollup");
}
