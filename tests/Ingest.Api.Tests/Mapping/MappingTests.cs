using System.Text;
using CsCheck;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Usage.Samples;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Tests.Mapping;

public class MappingTests
{
    private const long Second = 1_000_000_000;
    private static readonly WireFormat Format = new();
    private static readonly Guid Instance = new("5b0c1111-2222-4333-8444-555566667777");
    private readonly MappingOptions _options = new();
    private readonly BodyMemory _memory = new(Options.Create(new BodyOptions()));
    private SeriesCatalog? _catalog;

    private MappingTable? _table;

    private SeriesCatalog Catalog => _catalog ??= new(_table ??= new(Options.Create(_options)), _options);

    /// <summary>One request; returns its rows as <c>second: column=value …</c>, and what was left out.</summary>
    private (string[] Rows, UnmappedReason[] Unmapped) Send(
        (SeriesDescription Series, double Seconds, double Value)[] points, bool stored = true)
    {
        using var batch = new SeriesBatch(SeriesOwner.Platform, Catalog, _memory);
        var key = new WireKey(Format);
        foreach (var (series, seconds, value) in points)
        {
            key.Begin();
            key.Write(Encoding.UTF8.GetBytes(series.Name + string.Concat(series.Labels.Select(label => $",{label.Key}={label.Value}"))));
            batch.Add(batch.Find(key) ?? batch.Define(key, series), (long)(seconds * Second), value);
        }

        foreach (var group in SeriesIngest.Due(batch, SampleWindow.Unbounded).Keys)
            group.GoOn(group.Instance.Target, null);
        var aggregator = new SeriesAggregator(_options, SampleWindow.Unbounded, batch);
        var rows = aggregator.Aggregate();
        if (stored)
            Assert.True(aggregator.Commit(_ => false));
        return (
            [.. rows.Rows.OrderBy(row => row.Time).Select(row => $"{ToSeconds(row.Time)}:{Show(row.Values)}")],
            [.. batch.Unmapped.Keys.Select(key => key.Reason)]);
    }

    [Theory]
    [InlineData("memoryUsage", Measure.MemoryUsage, true)]
    [InlineData("ignore", null, true)]
    [InlineData("Gpu", null, false)]
    [InlineData("1", null, false)]
    [InlineData("CpuUsage, MemoryUsage", null, false)]
    public void A_rule_names_a_measure_or_nothing_that_is_wanted(string column, Measure? measure, bool isOne)
    {
        var options = new ConfigurationBuilder().AddInMemoryCollection([new("Rules:0:Series", "gpu"), new("Rules:0:Column", column)]).Build().Get<MappingOptions>()!;
        Assert.Equal(measure, options.Rules[0].Measure);
        var failures = new MappingOptionsValidator().Validate(null, options).Failures ?? [];
        Assert.Equal(isOne ? [] : ["Mapping:Rules:0:Column must be one of"], failures.Select(failure => failure[..failure.IndexOf(" CpuUsage", StringComparison.Ordinal)]));
    }

    private static long ToSeconds(long time) =>
        new DateTimeOffset(PostgresTime.ToDateTime(time), TimeSpan.Zero).ToUnixTimeSeconds();

    private static string Show(in SampleValues values)
    {
        var text = new StringBuilder();
        if (values.CpuUsage is not null)
            text.Append(FormattableString.Invariant($" cpu={values.CpuUsage:0.###}"));
        if (values.MemoryUsage is not null)
            text.Append(FormattableString.Invariant($" memory={values.MemoryUsage}"));
        if (values.MemoryLimit is not null)
            text.Append(FormattableString.Invariant($" limit={values.MemoryLimit}"));
        if (values.DiskUsage is not null)
            text.Append(FormattableString.Invariant($" disk={values.DiskUsage}"));
        if (values.NetworkIn is not null)
            text.Append(FormattableString.Invariant($" in={values.NetworkIn}"));
        if (values.NetworkOut is not null)
            text.Append(FormattableString.Invariant($" out={values.NetworkOut}"));
        return text.ToString();
    }

    private static SeriesDescription Of(WireProtocol source, string name, params (string Key, string Value)[] labels) =>
        new(source, name, [.. labels.Select(label => KeyValuePair.Create(label.Key, label.Value)), new("instance_id", Instance.ToString())]);

    private static SeriesDescription Cpu(string cpu = "total") =>
        Of(WireProtocol.Prometheus, "container_cpu_usage_seconds_total", ("cpu", cpu), ("name", "n8n"));

    private static SeriesDescription Received(string device, string name = "container_network_receive_bytes_total") =>
        Of(WireProtocol.Prometheus, name, ("interface", device), ("name", "n8n"));

    [Fact]
    public void Series_of_one_instance_meet_in_one_row()
    {
        var (rows, unmapped) = Send(
        [
            (Of(WireProtocol.Influx, "docker_container_cpu.usage_percent", ("cpu", "cpu-total")), 100, 12.5),
            (Of(WireProtocol.Influx, "docker_container_cpu.usage_percent", ("cpu", "cpu0")), 100, 99),
            (Of(WireProtocol.Influx, "docker_container_mem.usage"), 101.5, 1000),
            (Of(WireProtocol.Influx, "docker_container_mem.limit"), 101.5, 4000),
            (Of(WireProtocol.Influx, "docker_container_net.rx_bytes", ("network", "eth0")), 109, 7),
            (Of(WireProtocol.Influx, "docker_container_net.rx_bytes", ("network", "eth1")), 109, 8),
            (Of(WireProtocol.Influx, "docker_container_net.rx_bytes", ("network", "total")), 109, 15),
            (Of(WireProtocol.Influx, "docker_container_net.tx_bytes", ("network", "eth0")), 110, 9),
        ]);
        Assert.Equal(["100: cpu=12.5 memory=1000 limit=4000 in=15", "110: out=9"], rows);
        Assert.Equal([UnmappedReason.NoRule, UnmappedReason.NoRule], unmapped);
    }

    [Fact]
    public void A_pods_containers_add_up_once_where_the_kubelet_is_asked_at_both_of_its_paths()
    {
        (string, string)[] cadvisor = [("metrics_path", "/metrics/cadvisor"), ("id", "/kubepods/x"), ("image", "app:1"), ("name", "0a1b"), ("cpu", "total")];
        (string, string)[] resource = [("metrics_path", "/metrics/resource")];
        var points = new List<(SeriesDescription, double, double)>();
        foreach (var labels in new[] { cadvisor, resource })
        {
            foreach (var container in new[] { "app", "sidecar" })
            {
                points.Add((Of(WireProtocol.Prometheus, "container_memory_working_set_bytes", [.. labels, ("pod", "p"), ("container", container)]), 110, 1000));
                points.AddRange(from n in new[] { 0, 1 } select (Of(WireProtocol.Prometheus, "container_cpu_usage_seconds_total", [.. labels, ("pod", "p"), ("container", container)]), 100.0 + (10 * n), 2.5 * n));
            }
        }

        Assert.Equal(["110: cpu=50 memory=2000"], Send([.. points]).Rows);
    }

    [Fact]
    public void Cpu_seconds_become_percent_between_two_samples()
    {
        var (first, unmapped) = Send([(Cpu(), 100, 50)]);
        Assert.Empty(first);
        Assert.Equal([UnmappedReason.FirstOfRate], unmapped);
        Assert.Equal(["110: cpu=25"], Send([(Cpu(), 110, 52.5)]).Rows);
        Assert.Equal(["120: cpu=10", "130: cpu=20"], Send([(Cpu(), 130, 55.5), (Cpu(), 120, 53.5)]).Rows);
    }

    [Fact]
    public void A_counter_that_fell_was_restarted_and_counts_whole() =>
        Assert.Equal(["110: cpu=20"], Send([(Cpu(), 100, 50), (Cpu(), 110, 2)]).Rows);

    [Fact]
    public void A_gap_longer_than_the_window_gives_no_rate() =>
        Assert.Empty(Send([(Cpu(), 100, 50), (Cpu(), 1000, 60)]).Rows);

    [Fact]
    public void A_request_that_was_not_stored_gives_the_same_rows_again()
    {
        Send([(Cpu(), 100, 50)]);
        Assert.Equal(["110: cpu=25"], Send([(Cpu(), 110, 52.5)], stored: false).Rows);
        Assert.Equal(["110: cpu=25"], Send([(Cpu(), 110, 52.5)]).Rows);
        var (rows, unmapped) = Send([(Cpu(), 110, 52.5)]);
        Assert.Empty(rows);
        Assert.Equal([UnmappedReason.OutOfOrder], unmapped);
    }

    [Fact]
    public void Cores_add_up_and_a_part_that_is_gone_counts_no_longer()
    {
        Send([(Cpu("cpu0"), 100, 0), (Cpu("cpu1"), 100, 0)]);
        Assert.Equal(["110: cpu=30"], Send([(Cpu("cpu0"), 110, 1), (Cpu("cpu1"), 110, 2)]).Rows);
        Assert.Equal(["120: cpu=10"], Send([(Cpu("cpu0"), 120, 2)]).Rows);
    }

    [Fact]
    public void A_scrape_cut_into_two_requests_ends_with_the_whole_sum()
    {
        Send([(Cpu("cpu0"), 100, 0), (Cpu("cpu1"), 100, 0)]);
        Assert.Equal(["110: cpu=10"], Send([(Cpu("cpu0"), 110, 1)]).Rows);
        Assert.Equal(["110: cpu=30"], Send([(Cpu("cpu1"), 110, 2)]).Rows);
    }

    [Fact]
    public void A_device_that_has_gone_does_not_make_the_counter_fall()
    {
        Assert.Equal(["100: in=30"], Send([(Received("eth0"), 100, 10), (Received("eth1"), 100, 20), (Received("lo"), 100, 5)]).Rows);
        Assert.Equal(["110: in=31"], Send([(Received("eth0"), 110, 11)]).Rows);
    }

    [Fact]
    public void Samples_of_several_times_add_up_time_by_time() =>
        Assert.Equal(
            ["100: in=30", "110: in=32", "120: in=34"],
            Send(
            [
                (Received("eth0"), 100, 10), (Received("eth0"), 110, 11), (Received("eth0"), 120, 12),
                (Received("eth1"), 100, 20), (Received("eth1"), 110, 21), (Received("eth1"), 120, 22),
            ]).Rows);

    [Fact]
    public void Used_memory_is_total_less_available_and_needs_both()
    {
        var total = Of(WireProtocol.Prometheus, "node_memory_MemTotal_bytes", ("instance", "host:9100"));
        var available = Of(WireProtocol.Prometheus, "node_memory_MemAvailable_bytes", ("instance", "host:9100"));
        var (rows, unmapped) = Send([(total, 100, 1000)]);
        Assert.Equal(["100: limit=1000"], rows);
        Assert.Equal([UnmappedReason.Incomplete], unmapped);
        Assert.Equal(["100: memory=600"], Send([(available, 100, 400)]).Rows);
        Assert.Equal(["110: memory=700 limit=1000"], Send([(total, 110, 1000), (available, 110, 300)]).Rows);
    }

    [Fact]
    public void Deltas_become_a_running_counter()
    {
        var sent = new SeriesDescription(
            WireProtocol.Otlp, "container.network.io",
            [new("instance_id", Instance.ToString()), new("network.io.direction", "transmit")], isDelta: true);
        Assert.Equal(["100: out=5"], Send([(sent, 100, 5)]).Rows);
        Assert.Equal(["110: out=12", "120: out=13"], Send([(sent, 110, 7), (sent, 120, 1)]).Rows);
        Assert.Equal([UnmappedReason.OutOfOrder], Send([(sent, 120, 1)]).Unmapped);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9223372036854771712)]
    [InlineData(9.3e18)]
    public void No_limit_leaves_the_column_empty(double limit)
    {
        var (rows, unmapped) = Send([(Of(WireProtocol.Influx, "cgroup.memory.limit_in_bytes"), 100, limit)]);
        Assert.Empty(rows);
        Assert.Equal([UnmappedReason.NoLimit], unmapped);
    }

    [Fact]
    public void Own_rules_come_before_the_built_in_ones()
    {
        _options.Rules.Add(new() { Series = "docker_container_mem.usage", Column = MappingRule.Ignore });
        _options.Rules.Add(new()
        {
            Series = "process.rss", Column = nameof(Measure.MemoryUsage), Scale = 1024, Instance = ["app"],
            Match = new() { ["kind"] = "web|worker", ["zone"] = "!test.*" },
        });
        var (rows, unmapped) = Send(
        [
            (Of(WireProtocol.Influx, "docker_container_mem.usage"), 100, 1),
            (Of(WireProtocol.Influx, "process.rss", ("kind", "web")), 100, 2),
            (Of(WireProtocol.Influx, "process.rss", ("kind", "web"), ("zone", "test-1")), 110, 2),
            (Of(WireProtocol.Influx, "process.rss", ("kind", "db")), 120, 2),
        ]);
        Assert.Equal(["100: memory=2048"], rows);
        Assert.Equal([UnmappedReason.NoRule, UnmappedReason.NoRule], unmapped);
    }

    [Fact]
    public void A_rule_that_cannot_work_is_named_by_its_key()
    {
        _options.Rules.Add(new() { Scale = 0, Match = new() { ["a"] = "(", ["b"] = "(?x)a #b", ["c"] = "!(?=c)", ["d"] = "!!d" } });
        var failures = new MappingOptionsValidator().Validate(null, _options).Failures!.ToList();
        Assert.All(failures, failure => Assert.StartsWith("Mapping:Rules:0:", failure, StringComparison.Ordinal));
        Assert.Equal(["Series", "Scale", "Match:a", "Match:b", "Match:c"], failures.Select(failure => failure.Split(' ')[0]["Mapping:Rules:0:".Length..]));
    }

    [Fact]
    public void Remembered_series_are_bounded_and_idle_ones_go_first()
    {
        _options.MaxSeries = 100;
        Send([(Cpu(), 100, 50), (Received("eth0"), 100, 50)]);
        for (var i = 0; i < 500; i++)
            Send([(new(WireProtocol.Influx, "docker_container_mem.usage", [new("container_name", $"c{i}")]), 100, 1), (Received("eth0"), 101 + i, 50)]);
        Assert.InRange(Catalog.Count, 1, 100);
        Assert.NotNull(Catalog.Find([Format.Prefix, .. "container_network_receive_bytes_total,instance_id=5b0c1111-2222-4333-8444-555566667777,interface=eth0,name=n8n"u8]));
        Assert.Equal([UnmappedReason.FirstOfRate], Send([(Cpu(), 110, 52)]).Unmapped);
    }

    [Fact]
    public void Every_order_of_requests_leaves_the_same_greatest_sum() =>
        Gen.Shuffle(Enumerable.Range(0, 6).ToArray()).Sample(
            order =>
            {
                _catalog = null;
                var greatest = order.SelectMany(i => Send([(Received($"eth{i}"), 100, 1 << i)]).Rows)
                    .Max(row => int.Parse(row.Split('=')[1], System.Globalization.CultureInfo.InvariantCulture));
                Assert.Equal(63, greatest);
            },
            iter: 200, threads: 1);

    [Fact]
    public void A_name_always_derives_the_same_id() =>
        // The example of RFC 9562, A.4.
        Assert.Equal(
            new Guid("2ed6657d-e927-568b-95e1-2665a8aea6a2"),
            NameBasedGuid.Create(new Guid("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "www.example.com"));
}
