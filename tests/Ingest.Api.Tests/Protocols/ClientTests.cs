using System.Diagnostics.Metrics;
using System.Text;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>The real clients, with the configuration of their page. Debian's packages: scripts/prerequisites.sh test.</summary>
public class ClientTests
{
    private static readonly Guid Instance = new("5b0c1111-2222-4333-8444-555566667777");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task<ProtocolHost> StartAsync()
    {
        // A step of a second, since the clients are told to hurry.
        var host = await ProtocolHost.StartAsync(("Mapping:Step", "00:00:01"));
        host.Names["n8n-1"] = Instance;
        return host;
    }

    private static Task UntilAsync(ProtocolHost host, Measure[] measures, Func<string>? explain = null) => Wait.UntilAsync(
        () => measures.All(measure => host.Writer.Of(Instance).Any(row => row.Values.Has(measure))),
        $"rows with {string.Join(", ", measures)} arrive. {explain?.Invoke()}",
        TimeSpan.FromSeconds(90));

    [Fact]
    public async Task Prometheus_scrapes_and_writes_with_the_page_as_it_stands_and_loses_nothing_at_a_limit()
    {
        await using var host = await StartAsync();
        host.Writer.Fault = new TooManyRequestsException("full", TimeSpan.FromSeconds(1));
        await using var target = await StartTargetAsync();
        using var directory = new TemporaryDirectory("prometheus");
        var configuration = ClientPage.Block("prometheus.md", "yaml", host)
            .Replace("localhost:8080", new Uri(target.Urls.First()).Authority, StringComparison.Ordinal)
            .Replace("10s", "1s", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(directory.Path, "prometheus.yml"), configuration, Token);

        var port = FreePort.Take();
        await using var prometheus = ChildProcess.StartGuarded(
            "prometheus",
            $"prometheus --enable-feature=agent --config.file=prometheus.yml --storage.agent.path=data --web.listen-address=127.0.0.1:{port} &",
            directory: directory.Path);
        await Wait.UntilAsync(() => host.Writer.TurnedAway >= 2, $"Prometheus comes again. {prometheus.Output}", TimeSpan.FromSeconds(90));
        host.Writer.Fault = null;
        await UntilAsync(
            host,
            [.. Measures.All],
            () => prometheus.Output);

        // 0.25 s of CPU time a second, two interfaces of 7 bytes each.
        var rows = host.Writer.Of(Instance);
        Assert.All(rows.Where(row => row.Values.Has(Measure.CpuUsage)), row => Assert.InRange(row.Values.CpuUsage!.Value, 5, 100));
        Assert.All(rows.Where(row => row.Values.Has(Measure.NetworkIn)), row => Assert.Equal(14, row.Values.NetworkIn));
        using var client = new HttpClient();
        var own = await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"), Token);
        Assert.Matches(@"prometheus_remote_storage_samples_retried_total\{[^}]*\} [1-9]", own);
        Assert.Matches(@"prometheus_remote_storage_samples_failed_total\{[^}]*\} 0\n", own);
    }

    [Fact]
    public async Task Collectd_writes_with_the_page_as_it_stands()
    {
        await using var host = await StartAsync();
        using var directory = new TemporaryDirectory("collectd");
        var configuration = ClientPage.Block("collectd.md", "apache", host).Replace("Interval 10", "Interval 1", StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            Path.Combine(directory.Path, "collectd.conf"), $"BaseDir \"{directory.Path}\"\n{configuration}", Token);

        await using var collectd = ChildProcess.StartGuarded(
            "collectd", "/usr/sbin/collectd -f -B -C collectd.conf -P collectd.pid &", directory: directory.Path);
        await UntilAsync(host, [Measure.CpuUsage, Measure.MemoryUsage], () => collectd.Output);
        Assert.All(
            host.Writer.Of(Instance).Where(row => row.Values.Has(Measure.MemoryUsage)),
            row => Assert.InRange(row.Values.MemoryUsage!.Value, 1_000_000, 1L << 45));
    }

    [Theory]
    [InlineData(OtlpExportProtocol.HttpProtobuf, MetricReaderTemporalityPreference.Cumulative)]
    [InlineData(OtlpExportProtocol.HttpProtobuf, MetricReaderTemporalityPreference.Delta)]
    [InlineData(OtlpExportProtocol.Grpc, MetricReaderTemporalityPreference.Cumulative)]
    public async Task An_OpenTelemetry_SDK_exports(OtlpExportProtocol protocol, MetricReaderTemporalityPreference temporality)
    {
        await using var host = await StartAsync();
        using var meter = new Meter($"test-{protocol}-{temporality}");
        var sent = meter.CreateCounter<long>("container.network.io", "By");
        meter.CreateObservableGauge("container.memory.usage", () => 100L, "By");
        using (var provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(meter.Name)
            .ConfigureResource(resource => resource.AddAttributes([new("container.name", "n8n-1")]))
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Protocol = protocol;
                exporter.Endpoint = new Uri(protocol == OtlpExportProtocol.Grpc ? host.GrpcUrl : $"{host.Url}/v1/metrics");
                exporter.Headers = $"authorization=Bearer {ProtocolHost.Key}";
                reader.TemporalityPreference = temporality;
            })
            .Build())
        {
            for (var i = 0; i < 3; i++)
            {
                sent.Add(5, new KeyValuePair<string, object?>("network.io.direction", "transmit"));
                Assert.True(provider.ForceFlush(20_000));
            }
        }

        var rows = host.Writer.Of(Instance);
        Assert.Equal(15, rows.Max(row => row.Values.NetworkOut));
        Assert.Equal(100, rows[0].Values.MemoryUsage);
    }

    [Fact]
    public async Task What_the_page_says_Telegraf_sends_becomes_a_row()
    {
        await using var host = await StartAsync();
        Assert.Contains("outputs.influxdb", ClientPage.Block("telegraf.md", "toml", host), StringComparison.Ordinal);
        var lines = ClientPage.Block("telegraf.md", "text", host);
        using var response = await host.PostAsync("/write?db=telegraf", Encoding.UTF8.GetBytes(lines), "text/plain; charset=utf-8");
        Assert.Equal(System.Net.HttpStatusCode.NoContent, response.StatusCode);
        var (_, values) = Assert.Single(host.Writer.Of(Instance));
        Assert.Equal((12.5, 104857600L, 536870912L, 1024000L, 512000L), (values.CpuUsage, values.MemoryUsage, values.MemoryLimit, values.NetworkIn, values.NetworkOut));
    }

    private static async Task<WebApplication> StartTargetAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var started = TimeProvider.System.GetTimestamp();
        app.MapGet("/metrics", () => Results.Text(FormattableString.Invariant(
            $$"""
            # TYPE container_cpu_usage_seconds_total counter
            container_cpu_usage_seconds_total{name="n8n-1",cpu="total"} {{TimeProvider.System.GetElapsedTime(started).TotalSeconds / 4}}
            container_memory_working_set_bytes{name="n8n-1"} 100
            container_spec_memory_limit_bytes{name="n8n-1"} 400
            container_fs_usage_bytes{name="n8n-1",device="/dev/sda"} 1000
            container_network_receive_bytes_total{name="n8n-1",interface="eth0"} 7
            container_network_receive_bytes_total{name="n8n-1",interface="eth1"} 7
            container_network_transmit_bytes_total{name="n8n-1",interface="eth0"} 9

            """), "text/plain; version=0.0.4"));
        await app.StartAsync(Token);
        return app;
    }
}
