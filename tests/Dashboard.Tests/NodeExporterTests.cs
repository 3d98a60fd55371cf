using System.Diagnostics;
using System.Text.Json.Nodes;
using LaunchStack.TestSupport;

namespace LaunchStack.Dashboard.Tests;

/// <summary>The OpenTelemetry SDK for Node.js, which nobody here has written, sends; the read API shows it.</summary>
public sealed class NodeExporterTests(DashboardProcess dashboard)
{
    [Theory]
    [InlineData("http/json")]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public async Task What_another_sdk_sends_is_seen(string protocol)
    {
        var service = "node-" + protocol.Replace('/', '-');
        var trace = Guid.NewGuid().ToString("N");

        var (code, errors) = await ExportAsync(protocol, service, trace, DashboardProcess.OtlpKey);
        Assert.True(code == 0, errors);

        var spans = (await dashboard.ReadAsync($"/api/telemetry/spans?traceId={trace}&resource={service}"))["resourceSpans"]![0]!["scopeSpans"]![0]!["spans"]!.AsArray();
        Assert.Equal(["order", "pay"], spans.Select(s => (string)s!["name"]!).Order());
        var pay = spans.Single(s => (string)s!["name"]! == "pay")!;
        Assert.Equal("declined", (string)pay["events"]![0]!["name"]!);
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", (string)pay["links"]![0]!["traceId"]!);
        Assert.Equal(2, (int)pay["status"]!["code"]!);
        var log = (await dashboard.ReadAsync($"/api/telemetry/logs?traceId={trace}&severity=warning"))["resourceLogs"]![0]!["scopeLogs"]![0]!["logRecords"]![0]!;
        Assert.Equal("payment was declined", (string)log["body"]!["stringValue"]!);
        Assert.Equal((string)pay["spanId"]!, (string)log["spanId"]!);
        var metrics = (await dashboard.ReadAsync($"/api/telemetry/metrics?resource={service}"))["metrics"]!.AsArray().ToDictionary(m => (string)m!["name"]!, m => m!["series"]![0]!);
        Assert.Equal((7, "no"), ((int)metrics["shop.orders"]["value"]!, (string)metrics["shop.orders"]["attributes"]!["paid"]!));
        Assert.Equal((0.25, 1), ((double)metrics["shop.order.duration"]["value"]!, (int)metrics["shop.order.duration"]["count"]!));
    }

    [Theory]
    [InlineData("http/protobuf", "Unauthorized")]
    [InlineData("grpc", "UNAUTHENTICATED")]
    public async Task Another_key_is_refused(string protocol, string reason)
    {
        var (code, errors) = await ExportAsync(protocol, "stranger", Guid.NewGuid().ToString("N"), "another-key");

        Assert.Equal(1, code);
        Assert.Contains(reason, errors);
        Assert.DoesNotContain("stranger", (await dashboard.ReadAsync("/api/telemetry/resources")).ToJsonString());
    }

    private async Task<(int Code, string Errors)> ExportAsync(string protocol, string service, string trace, string key)
    {
        var folder = Path.Combine(RepositoryRoot.Path, "tests", "Dashboard.Tests", "node-exporter");
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules")), $"{folder} has no node_modules: run scripts/prerequisites.sh test");
        var start = new ProcessStartInfo("node", [Path.Combine(folder, "export.mjs"), protocol, service, trace]) { RedirectStandardError = true };
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = (protocol == "grpc" ? dashboard.OtlpGrpc : dashboard.Otlp.BaseAddress!).ToString();
        start.Environment["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={key}";
        using var node = Process.Start(start)!;
        var errors = await node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (node.ExitCode, errors);
    }
}
