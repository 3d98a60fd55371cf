using LaunchStack.Agent.Telemetry;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.Spooling;

/// <summary>Says and counts what the spool lost.</summary>
internal sealed partial class SpoolLossReport(AgentMetrics metrics, ILogger<Spool> logger)
{
    private long _lost;

    public void Report(SpoolLoss loss)
    {
        _lost += loss.Records;
        switch (loss.Reason)
        {
            case SpoolLossReason.Full:
                metrics.Dropped(loss.Records, "full");
                LogFull(loss.Records, loss.Bytes, _lost);
                break;
            case SpoolLossReason.DiskFull:
                metrics.Dropped(loss.Records, "disk_full");
                LogDiskFull(loss.Records, loss.Bytes, _lost);
                break;
            case SpoolLossReason.Unwritten:
                metrics.Dropped(loss.Records, "unwritten");
                LogUnwritten(loss.Records, _lost);
                break;
            case SpoolLossReason.Corrupt:
                metrics.Dropped(loss.Records, "corrupt");
                LogCorrupt(loss.Records, loss.Bytes, _lost);
                break;
            case SpoolLossReason.Torn:
                LogTorn(loss.Bytes);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(loss));
        }
    }

    [LoggerMessage(EventName = "SpoolFull", Level = LogLevel.Warning,
        Message = "The spool is full (Agent:Spool:MaxBytes): the oldest {Samples} samples ({Bytes} bytes) were dropped, {Total} lost since start")]
    private partial void LogFull(long samples, long bytes, long total);

    [LoggerMessage(EventName = "DiskFull", Level = LogLevel.Error,
        Message = "The disk of the spool is full: the oldest {Samples} samples ({Bytes} bytes) were dropped to make room, {Total} lost since start")]
    private partial void LogDiskFull(long samples, long bytes, long total);

    [LoggerMessage(EventName = "SamplesNeverWritten", Level = LogLevel.Error,
        Message = "The oldest {Samples} samples that the spool could not write were dropped, {Total} lost since start")]
    private partial void LogUnwritten(long samples, long total);

    [LoggerMessage(EventName = "SpoolCorrupt", Level = LogLevel.Error,
        Message = "The spool is damaged: about {Samples} samples ({Bytes} bytes) cannot be read, {Total} lost since start. What is left of them lies beside it as *.corrupt")]
    private partial void LogCorrupt(long samples, long bytes, long total);

    [LoggerMessage(EventName = "SpoolTorn", Level = LogLevel.Warning,
        Message = "The last write of the run before was cut short: {Bytes} bytes of incomplete samples were removed")]
    private partial void LogTorn(long bytes);
}
