using System.Diagnostics;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing.Strategies;

namespace LaunchStack.Usage.Writing;

/// <summary>
/// Group commit: requests that arrive while a commit runs share the next one; a request that finds a free loop goes at
/// once. Every answer stands for a committed transaction. Thread-safe.
/// </summary>
public sealed class UsageWriter : IUsageWriter, IAsyncDisposable
{
    // A commit takes whole requests up to this many rows (one request more than that goes alone).
    private const int MaxRowsPerCommit = 20_000;

    private const long MaxQueuedBytes = 64 << 20;

    // A service has 10 s to end; its requests have had five of them.
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);

    private readonly DatabaseExecutor _executor;
    private readonly TimeProvider _time;
    private readonly Func<TimeSpan?> _kept;
    private readonly WriteQueue _queue;
    private readonly UsageCommitter _committer;

    /// <summary>A writer into whatever schema the database has.</summary>
    /// <param name="executor">The database; looked at with the first commit.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">The server's clock.</param>
    /// <param name="onCommitted">Called after each commit: pokes the outbox relay.</param>
    /// <param name="kept">How long samples are kept, as <see cref="RawRetention.Value"/>: older ones are rejected. For ever unless given.</param>
    public UsageWriter(DatabaseExecutor executor, UsageWriterOptions options, TimeProvider time, Action? onCommitted = null, Func<TimeSpan?>? kept = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_executor, _time, _kept) = (executor, time, kept ?? (static () => null));
        _queue = new(options.MaxQueuedRows, MaxQueuedBytes, options.Writers);
        _committer = new(executor, time, onCommitted ?? (static () => { }));
    }

    /// <inheritdoc/>
    public UsageBatch CreateBatch(ConflictMode conflict = ConflictMode.Skip)
    {
        var kept = RequireAvailable();
        if (_queue.IsClosed || _queue.IsFull)
            throw Busy();
        return new(SampleWindow.Around(_time.GetUtcNow(), kept), conflict);
    }

    /// <inheritdoc/>
    public async Task<UsageOutcome> WriteAsync(UsageBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        RequireAvailable();
        if (batch.Samples.Count == 0)
            return Counted(PendingWrite.Outcome(batch, 0, 0));

        cancellationToken.ThrowIfCancellationRequested();
        var write = new PendingWrite(batch, Activity.Current);
        if (!_queue.TryAdd(write, out var startLoop))
            throw Busy();
        if (startLoop)
        {
            // The loop outlives this request: it must not inherit its span or its logging scope.
            using (ExecutionContext.SuppressFlow())
                _ = Task.Run(CommitWhatWaitsAsync, CancellationToken.None);
        }
        return Counted(await write.Answer);
    }

    /// <summary>
    /// Takes nothing new and ends when everything taken has been answered, or after a moment: those who still wait then have been cut
    /// off, and a commit on a slow database would hold up the stop of the process.
    /// </summary>
    public async ValueTask DisposeAsync() =>
        await _queue.CloseAsync().WaitAsync(CloseLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task CommitWhatWaitsAsync()
    {
        var arrays = new RowArrays();
        while (_queue.TakeOrLeave(MaxRowsPerCommit) is { Count: > 0 } requests)
        {
            try
            {
                await _committer.CommitAsync(requests, arrays);
            }
            catch (DatabaseUnavailableException e)
            {
                // An abandoned commit may still read the old ones.
                arrays = new RowArrays();
                Fail(requests, e);
                Fail(_queue.TakeAll(), e);
            }
            catch (Exception e)
            {
                // Not swallowed: each request gets it. The loop goes on for the others.
                Fail(requests, e);
            }
        }
    }

    private static UsageOutcome Counted(UsageOutcome outcome)
    {
        WriterTelemetry.Answered(outcome);
        return outcome;
    }

    private static void Fail(List<PendingWrite> requests, Exception cause)
    {
        foreach (var request in requests)
            request.Fail(cause);
    }

    private TimeSpan? RequireAvailable()
    {
        try
        {
            _executor.ThrowIfUnavailable();
            return _kept();
        }
        catch (DatabaseUnavailableException)
        {
            WriterTelemetry.Refused.Add(1, new KeyValuePair<string, object?>("reason", "database_unavailable"));
            throw;
        }
    }

    private TooManyRequestsException Busy()
    {
        WriterTelemetry.Refused.Add(1, new KeyValuePair<string, object?>("reason", "queue_full"));
        return new(
            _queue.IsClosed ? "The service is shutting down." : "The write queue is full; nothing of this request was kept.",
            DatabaseExecutor.RetryAfter);
    }
}
