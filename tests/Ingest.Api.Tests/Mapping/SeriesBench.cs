using System.Text;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Usage.Samples;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Tests.Mapping;

/// <summary>Series on their way into rows, without protocols and without a database, which merges as this does: the greatest stays.</summary>
internal sealed class SeriesBench(MappingOptions? options = null)
{
    /// <summary>A reading of a counter that has counted for long.</summary>
    public const double Huge = 500_000_000_000;

    private const long Second = 1_000_000_000;

    private static readonly Guid Instance = new("5b0c1111-2222-4333-8444-555566667777");
    private static readonly MappingOptions Usual = new();
    private static readonly MappingTable UsualTable = new(Options.Create(Usual));
    private static readonly BodyMemory Memory = new(Options.Create(new BodyOptions()));

    private readonly Dictionary<(Guid Instance, Measure Column, long Second), long> _receivedAt = [];
    private long _now = long.MinValue;

    /// <summary>How often a sum was looked up.</summary>
    public int LookUps { get; private set; }

    /// <summary>The table's rows: instance, column and second to value.</summary>
    public Dictionary<(Guid Instance, Measure Column, long Second), double> Table { get; } = [];

    public SampleWindow Window { get; set; } = SampleWindow.Unbounded;

    /// <summary>What the process that gets the requests remembers.</summary>
    public SeriesCatalog Catalog { get; set; } = NewCatalog(options);

    /// <summary>Instances by name.</summary>
    public Dictionary<string, Guid> Names { get; } = [];

    public static SeriesDescription Of(WireProtocol source, string name, params (string Key, string Value)[] labels) =>
        new(source, name, [.. labels.Select(label => KeyValuePair.Create(label.Key, label.Value)), new("instance_id", Instance.ToString())]);

    public static SeriesDescription Used(params (string, string)[] labels) => Of(WireProtocol.Prometheus, "container_memory_working_set_bytes", labels);

    public static SeriesDescription Received(string device, params (string, string)[] labels) =>
        Of(WireProtocol.Prometheus, "container_network_receive_bytes_total", [("interface", device), .. labels]);

    public static SeriesDescription Cpu(string cpu = "total") => Of(WireProtocol.Prometheus, "container_cpu_usage_seconds_total", ("cpu", cpu));

    public static Value[] Sent(int part, int i) =>
    [
        new(Used(("id", $"{part}")), 10 * i, 1000), new(Cpu($"cpu{part}"), 10 * i, 100 + i), new(Received($"eth{part}"), 10 * i, Huge + (1000 * i)),
    ];

    public static SeriesDescription Named(string series, string name, params (string Key, string Value)[] labels) =>
        new(WireProtocol.Prometheus, series, [new("name", name), .. labels.Select(label => KeyValuePair.Create(label.Key, label.Value))]);

    public static SeriesDescription Increase() =>
        new(WireProtocol.Otlp, "container.network.io", Received("eth0", ("network.io.direction", "receive")).Labels, isDelta: true);

    public static SeriesDescription Limit(string container) => Of(WireProtocol.Prometheus, "container_spec_memory_limit_bytes", ("container", container));

    public static SeriesDescription Load() => Of(WireProtocol.Influx, "docker_container_cpu.usage_percent", ("cpu", "cpu-total"));

    /// <summary>All of them twice, in any order.</summary>
    public static T[] Shuffled<T>(T[] items, int seed)
    {
        T[] twice = [.. items, .. items];
        new Random(seed).Shuffle(twice);
        return twice;
    }

    public static long Microseconds(long seconds) => PostgresTime.FromInstant(DateTimeOffset.FromUnixTimeSeconds(seconds));

    /// <summary>Forgets all series; what is stored stays.</summary>
    public void Restart() => Catalog = NewCatalog(options);

    /// <summary>A request that was read and aggregated, and not stored yet.</summary>
    public Request Read(params Value[] values)
    {
        var batch = new SeriesBatch(SeriesOwner.Platform, Catalog, Memory);
        foreach (var value in values)
        {
            var series = batch.Get(value.Series);
            if (value.Ends)
                batch.End(series, (long)(value.Seconds * Second));
            else
                batch.Add(series, (long)(value.Seconds * Second), value.Amount, (long)(value.Start * Second));
        }
        foreach (var point in batch.Points)
        {
            if (point.Series.Group!.Instance is var instance && Names.TryGetValue(instance.Name, out var id))
                instance.Resolve(id, null, long.MaxValue);
        }
        foreach (var (group, first) in SeriesIngest.Due(batch, Window))
        {
            var target = group.Instance.Target;
            var stored = Table.Where(cell => cell.Key.Instance == target.Instance && cell.Key.Column == group.Column).ToList();
            var newest = stored.Count == 0 ? default : stored.MaxBy(cell => cell.Key.Second);
            group.GoOn(target, stored.Count == 0 ? null : new(newest.Value, newest.Key.Second * Second, _receivedAt[newest.Key]));
            group.Start(first);
            LookUps++;
        }
        // As if everything was sent as soon as it was measured.
        foreach (var point in batch.Points)
            _now = Math.Max(_now, point.Time);
        return new(this, batch, new(options ?? Usual, Window, batch));
    }

    /// <summary>A request; returns why values were left out.</summary>
    public UnmappedReason[] Send(params Value[] values)
    {
        using var request = Read(values);
        request.Store();
        return request.Unmapped;
    }

    /// <summary>A column of the table, oldest first.</summary>
    public double[] Column(Measure column, Guid? instance = null) => [.. Table.Where(cell => cell.Key.Column == column && cell.Key.Instance == (instance ?? Instance)).OrderBy(cell => cell.Key.Second).Select(cell => cell.Value)];

    /// <summary>What every reader makes of a counter's column: its increase from row to row, of which a fall counts whole.</summary>
    public double[] Increases(Measure column, Guid? instance = null)
    {
        var totals = Column(column, instance);
        return [.. totals.Select((total, i) => i == 0 ? 0 : total >= totals[i - 1] ? total - totals[i - 1] : total)];
    }

    private static SeriesCatalog NewCatalog(MappingOptions? options) =>
        new(options is null ? UsualTable : new(Options.Create(options)), options ?? Usual);

    /// <summary>One value of a request.</summary>
    internal sealed record Value(SeriesDescription Series, double Seconds, double Amount, double Start = 0, bool Ends = false);

    /// <summary>A request on its way.</summary>
    internal sealed class Request(SeriesBench bench, SeriesBatch batch, SeriesAggregator aggregator) : IDisposable
    {
        private readonly RowTable _rows = aggregator.Aggregate();

        public UnmappedReason[] Unmapped => [.. batch.Unmapped.SelectMany(pair => Enumerable.Repeat(pair.Key.Reason, pair.Value))];

        /// <summary>The instance of each of its rows.</summary>
        public Guid[] Instances => _rows.Instances();

        /// <summary>Values that its sender is told were not kept.</summary>
        public int Refused => batch.Refused;

        /// <summary>Stores its rows and remembers what it brought.</summary>
        /// <returns>How often it had to be stored.</returns>
        public int Store()
        {
            var times = 0;
            for (var rows = _rows; ; rows = aggregator.Again())
            {
                Keep(rows);
                times++;
                if (aggregator.Commit(_ => false))
                    return times;
            }
        }

        public void Dispose() => batch.Dispose();

        private void Keep(RowTable rows)
        {
            foreach (var (instance, time, values) in rows.Rows)
            {
                var second = new DateTimeOffset(PostgresTime.ToDateTime(time), TimeSpan.Zero).ToUnixTimeSeconds();
                foreach (var measure in Measures.All)
                {
                    if (!values.Has(measure))
                        continue;
                    var value = measure.IsFraction() ? values.GetFraction(measure)!.Value : values.Bits(measure);
                    bench._receivedAt[(instance, measure, second)] = bench._now;
                    bench.Table[(instance, measure, second)] = Math.Max(value, bench.Table.GetValueOrDefault((instance, measure, second), double.MinValue));
                }
            }
        }
    }
}
