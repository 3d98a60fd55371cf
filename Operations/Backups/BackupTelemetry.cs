using System.Diagnostics;
using System.Diagnostics.Metrics;
using LaunchStack.Operations.Monitoring;

namespace LaunchStack.Operations.Backups;

/// <summary>Spans and metrics of backups; names are documented in docs/telemetry.md.</summary>
internal static class BackupTelemetry
{
    public static readonly ActivitySource Source = new(DatabaseTelemetry.Name);
    private static readonly Meter Meter = new(DatabaseTelemetry.Name);

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("launchstack.backup.duration", "s", "A backup, by method and outcome.");
    private static readonly Histogram<long> Size = Meter.CreateHistogram<long>("launchstack.backup.size", "By", "File of a backup, by method.");
    private static readonly Histogram<double> RestoreDuration = Meter.CreateHistogram<double>("launchstack.drill.restore.duration", "s", "Restoring in a drill.");
    private static readonly Histogram<double> DrillDuration = Meter.CreateHistogram<double>("launchstack.drill.duration", "s", "A drill, by outcome.");
    private static readonly Histogram<long> RestoredSize = Meter.CreateHistogram<long>("launchstack.drill.restored.size", "By", "Database restored in a drill.");

    public static void Record(BackupManifest manifest)
    {
        Duration.Record((manifest.FinishedAt - manifest.StartedAt).TotalSeconds, new("method", manifest.Method), new("outcome", manifest.State));
        if (manifest.Bytes > 0)
            Size.Record(manifest.Bytes, new KeyValuePair<string, object?>("method", manifest.Method));
    }

    public static void Record(DrillReport report)
    {
        DrillDuration.Record((report.FinishedAt - report.StartedAt).TotalSeconds, new KeyValuePair<string, object?>("outcome", report.Outcome));
        if (report.RestoredBytes == 0)
            return;
        RestoreDuration.Record(report.RestoreSeconds);
        RestoredSize.Record(report.RestoredBytes);
    }
}
