using System.Diagnostics;
using System.Diagnostics.Metrics;
using LaunchStack.Aggregator.Rollups;

namespace LaunchStack.Aggregator.Metering;

/// <summary>Spans and metrics of metering; names are documented in docs/telemetry.md.</summary>
internal static class MeteringTelemetry
{
    private static readonly ActivitySource Source = new(RollupTelemetry.Name);
    private static readonly Meter Meter = new(RollupTelemetry.Name);

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "launchstack.metering.duration", "s", "Time of one metering pass.");

    private static readonly Counter<long> Lines = Meter.CreateCounter<long>(
        "launchstack.metering.lines", "{line}", "Day lines written, for the first time or changed by late samples.");

    private static readonly Counter<long> Statements = Meter.CreateCounter<long>(
        "launchstack.metering.statements", "{statement}", "Statements frozen.");

    public static Activity? StartPass(DateTime cutoff) => Source.StartActivity("metering.pass")?.SetTag("launchstack.cutoff", cutoff.ToString("O"));

    public static void Record(MeteringPass pass)
    {
        Duration.Record(pass.Seconds);
        Lines.Add(pass.Lines);
        Statements.Add(pass.Statements);
        Activity.Current?.SetTag("launchstack.lines", pass.Lines).SetTag("launchstack.statements", pass.Statements);
    }
}
