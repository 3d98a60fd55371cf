using System.Threading.Channels;
using LaunchStack.Operations.Backups.Drills;
using LaunchStack.Usage.Background;
using Npgsql;

namespace LaunchStack.Operations.Backups;

/// <summary>Makes backups when they are due or asked for, each followed by its drill, one after the other.</summary>
internal sealed partial class BackupService(
    BackupRunner backups, DrillRunner drills, BackupStore store, BackupOptions options, NpgsqlDataSource dataSource, TimeProvider time, ILogger<BackupService> logger)
    : RecurringService(time, logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Channel<(Guid Id, bool DrillOnly)> _requests = Channel.CreateBounded<(Guid, bool)>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.Wait });

    private readonly ILogger _logger = logger;
    private volatile BackupProgress? _progress;

    /// <summary>What is being done; null when nothing is.</summary>
    public BackupProgress? Progress => _progress;

    /// <summary>When the next one is due.</summary>
    public DateTimeOffset? Next => store.IsConfigured ? options.NextAfter(Time.GetUtcNow()) : null;

    /// <summary>Asks for a backup; null when one is waiting already.</summary>
    public Guid? Request()
    {
        var id = Guid.NewGuid();
        return _requests.Writer.TryWrite((id, false)) ? id : null;
    }

    /// <summary>Asks for a drill of a backup; false when something is waiting already.</summary>
    public bool RequestDrill(Guid backup) => _requests.Writer.TryWrite((backup, true));

    public override string Work => "Making of backups";

    protected override async Task<TimeSpan?> RunRoundAsync(CancellationToken stoppingToken)
    {
        if (!store.IsConfigured)
        {
            NotConfigured();
            return null;
        }
        var (id, drillOnly, trigger) = await NextAsync(stoppingToken);
        try
        {
            await RunAsync(id, drillOnly, trigger, stoppingToken);
        }
        // What a runner could not record itself: no directory to write to, no lock to be had. The next one may go well.
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            store.Failure = e.Message;
            Failed(e.Message);
        }
        finally
        {
            _progress = null;
        }
        return TimeSpan.Zero;
    }

    private async Task<(Guid Id, bool DrillOnly, string Trigger)> NextAsync(CancellationToken cancellationToken)
    {
        using var due = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(due.Token, cancellationToken);
        // A timer takes at most 49 days.
        await using var timer = Next is { } next
            ? Time.CreateTimer(_ => due.Cancel(), null, TimeSpan.FromTicks(Math.Clamp((next - Time.GetUtcNow()).Ticks, 0, TimeSpan.FromDays(40).Ticks)), Timeout.InfiniteTimeSpan)
            : null;
        try
        {
            var (id, drillOnly) = await _requests.Reader.ReadAsync(either.Token);
            return (id, drillOnly, "request");
        }
        catch (OperationCanceledException) when (due.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return (Guid.NewGuid(), false, "schedule");
        }
    }

    private async Task RunAsync(Guid id, bool drillOnly, string trigger, CancellationToken cancellationToken)
    {
        _progress = new(id, drillOnly ? "drill" : "backup", "waiting", Time.GetUtcNow());
        var turn = await BackupLock.TryTakeAsync(options, dataSource, cancellationToken);
        // Two Operations wake at the same minute: one of them makes it. What somebody has asked for waits for its turn.
        while (turn is null && trigger != "schedule")
        {
            await Task.Delay(Pause, Time, cancellationToken);
            turn = await BackupLock.TryTakeAsync(options, dataSource, cancellationToken);
        }
        await using var held = turn;
        if (turn is null || (trigger == "schedule" && WasMadeJustNow()))
        {
            Elsewhere();
            return;
        }
        store.Failure = null;
        var manifest = drillOnly ? store.Find(id) : await backups.RunAsync(id, trigger, Report, cancellationToken);
        if (manifest is { State: BackupManifest.Completed } && (drillOnly || options.Drill))
        {
            _progress = new(id, "drill", "start", Time.GetUtcNow());
            await drills.RunAsync(manifest, Report, cancellationToken);
        }

        void Report(string step) => _progress = _progress! with { Step = step };
    }

    private bool WasMadeJustNow() => store.List().FirstOrDefault(m => m is { Trigger: "schedule", State: BackupManifest.Completed }) is { } last
        && options.NextAfter(last.StartedAt) > Time.GetUtcNow();

    [LoggerMessage(1, LogLevel.Warning, "No backups are made: Backups:Directory is not set", EventName = "BackupsNotConfigured")]
    private partial void NotConfigured();

    [LoggerMessage(2, LogLevel.Error, "Backup or drill failed: {Reason}", EventName = "BackupServiceFailed")]
    private partial void Failed(string reason);

    [LoggerMessage(3, LogLevel.Information, "Another Operations makes or tries a backup now", EventName = "BackupElsewhere")]
    private partial void Elsewhere();
}
