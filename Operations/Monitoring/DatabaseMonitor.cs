using LaunchStack.Operations.Monitoring.Alarms;
using LaunchStack.Operations.Monitoring.Snapshot;
using LaunchStack.Usage.Background;

namespace LaunchStack.Operations.Monitoring;

/// <summary>Reads the database again and again, and keeps what it last looked like.</summary>
internal sealed partial class DatabaseMonitor(
    SnapshotReader reader, AlarmBoard board, MonitoringOptions options, TimeProvider time, ILogger<DatabaseMonitor> logger)
    : RecurringService(time, logger)
{
    private readonly ILogger _logger = logger;
    private volatile DatabaseSnapshot? _snapshot;

    /// <summary>The last reading; null before the first.</summary>
    public DatabaseReport? Latest => _snapshot is { } snapshot ? new(board.Active, snapshot) : null;

    /// <summary>Why the last reading failed; null when it did not.</summary>
    public string? Unread { get; private set; }

    public override string Work => "Monitoring";

    protected override async Task<TimeSpan?> RunRoundAsync(CancellationToken stoppingToken)
    {
        await ReadAsync(stoppingToken);
        return options.Interval;
    }

    /// <summary>One reading.</summary>
    internal async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            _snapshot = await reader.ReadAsync(_snapshot, cancellationToken);
            if (Unread is not null)
                Again();
            Unread = null;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
        // Whatever the cause, it is an alarm (monitoring-blind), and the next reading may go well.
        catch (Exception e)
        {
            if (Unread is null)
                Unreadable(e.Message);
            Unread = e.Message;
        }

        var (raised, cleared) = board.Judge(_snapshot, Unread);
        foreach (var alarm in raised)
            Raised(alarm.Name, alarm.Subject, alarm.Reason, alarm.Runbook);
        foreach (var alarm in cleared)
            Cleared(alarm.Name, alarm.Subject);
    }

    [LoggerMessage(1, LogLevel.Warning, "Alarm {Alarm} ({Subject}): {Reason} See {Runbook}", EventName = "AlarmRaised")]
    private partial void Raised(string alarm, string subject, string reason, string runbook);

    [LoggerMessage(2, LogLevel.Information, "Alarm {Alarm} ({Subject}) is over", EventName = "AlarmCleared")]
    private partial void Cleared(string alarm, string subject);

    [LoggerMessage(3, LogLevel.Warning, "The database cannot be read: {Reason}", EventName = "DatabaseUnreadable")]
    private partial void Unreadable(string reason);

    [LoggerMessage(4, LogLevel.Information, "The database can be read again", EventName = "DatabaseReadable")]
    private partial void Again();
}
