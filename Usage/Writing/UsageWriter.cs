using System.Diagnostics;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Instances;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Usage.Writing;

/// <summary>
/// Group commit: requests that arrive while a commit runs share the next one; a request that finds a free loop goes at
/// once. Every answer stands for a committed transaction. Thread-safe.
/// </summary>
public sealed class UsageWriter : IUsageWriter, IAsyncDisposable
{
    private readonly UsageWriterOptions _options;
    private readonly TimeProvider _time;
    private readonly WriteQueue _queue;
    private readonly DatabaseExecutor _executor;
    private readonly UsageCommitter _committer;
    private long _awayUntil = long.MinValue;
    private volatile string _awayReason = "";

    /// <summary>A writer into whatever schema stands behind <paramref name="dataSource"/>.</summary>
    /// <param name="dataSource">The database; looked at with the first commit.</param>
    /// <param name="instances">Which instances exist.</param>
    /// <param name="options">Limits and time-outs.</param>
    /// <param name="time">The server's clock.</param>
    /// <param name="onCommitted">Called after each commit: pokes the outbox relay.</param>
    public UsageWriter(
        NpgsqlDataSource dataSource, InstanceDirectory instances, UsageWriterOptions options, TimeProvider time, Action? onCommitted = null)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        ArgumentNullException.ThrowIfNull(options);
        Instances = instances;
        _options = options;
        _time = time;
        _queue = new(options.MaxQueuedRows, options.MaxQueuedBytes, options.Writers);
        _executor = new(dataSource, options, time);
        _committer = new(dataSource, new DatabaseProbe(dataSource.ConnectionString, time), options, time, onCommitted ?? (static () => { }));
    }

    /// <summary>Which instances exist.</summary>
    public InstanceDirectory Instances { get; }

    /// <summary>What the last commit found itself connected to; null before the first.</summary>
    public UsageDatabase? Database => _committer.Database;

    /// <summary>Looks at the database without writing.</summary>
    /// <exception cref="InvalidOperationException">It has no sample table; the message says what to run.</exception>
    public Task<UsageDatabase> DetectAsync(CancellationToken cancellationToken) => _committer.DetectAsync(cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="TooManyRequestsException">The queue is full: turn the request away before reading its body.</exception>
    /// <exception cref="DatabaseUnavailableException">The database just failed: likewise.</exception>
    public UsageBatch Rent(ConflictMode conflict = ConflictMode.Skip)
    {
        ThrowIfAway();
        if (_queue.IsClosed || _queue.IsFull)
            throw Busy();
        return new(SampleWindow.Around(_time.GetUtcNow(), _options.RawRetention, _options.AllowedAhead), conflict);
    }

    /// <inheritdoc/>
    public async Task<UsageOutcome> WriteAsync(UsageBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ThrowIfAway();
        if (batch.Samples.Count > 0)
            await RejectUnknownAsync(batch, cancellationToken);
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

    /// <summary>Takes nothing new and ends when everything taken has been answered.</summary>
    public async ValueTask DisposeAsync() => await _queue.CloseAsync();

    private async Task CommitWhatWaitsAsync()
    {
        var arrays = new RowArrays();
        while (_queue.TakeOrLeave(_options.MaxRowsPerCommit) is { Count: > 0 } requests)
        {
            try
            {
                await _committer.CommitAsync(requests, arrays);
            }
            catch (DatabaseUnavailableException e)
            {
                // An abandoned commit may still read the old ones.
                arrays = new RowArrays();
                OpenCircuit(e);
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

    private async Task RejectUnknownAsync(UsageBatch batch, CancellationToken cancellationToken)
    {
        HashSet<Guid>? unknown;
        try
        {
            unknown = await _executor.RunAsync(token => Instances.FindUnknownAsync(batch.Samples, token), cancellationToken);
        }
        catch (DatabaseUnavailableException e)
        {
            OpenCircuit(e);
            throw;
        }
        if (unknown is null)
            return;
        var samples = batch.Samples;
        for (var row = 0; row < samples.Count; row++)
        {
            var instance = samples.Instances[row];
            if (unknown.Contains(instance))
                batch.Reject(samples.Indexes[row], RejectionCodes.UnknownInstance, $"instance_id: {instance} is not registered. PUT /v1/instances/{instance} first.");
        }
        samples.RemoveWhere(row => unknown.Contains(samples.Instances[row]));
    }

    private static UsageOutcome Counted(UsageOutcome outcome)
    {
        WriterTelemetry.Samples.Add(outcome.Accepted, new KeyValuePair<string, object?>("outcome", "accepted"));
        WriterTelemetry.Samples.Add(outcome.Duplicates, new KeyValuePair<string, object?>("outcome", "duplicate"));
        WriterTelemetry.Samples.Add(outcome.Rejected.Count, new KeyValuePair<string, object?>("outcome", "rejected"));
        foreach (var code in outcome.Rejected.CountBy(r => r.Code))
            WriterTelemetry.Rejections.Add(code.Value, new KeyValuePair<string, object?>("code", code.Key));
        return outcome;
    }

    private static void Fail(List<PendingWrite> requests, Exception cause)
    {
        foreach (var request in requests)
            request.Fail(cause);
    }

    private void OpenCircuit(DatabaseUnavailableException e)
    {
        _awayReason = e.Message;
        Volatile.Write(ref _awayUntil, _time.GetTimestamp() + (long)(_options.RetryAfter.TotalSeconds * _time.TimestampFrequency));
    }

    private void ThrowIfAway()
    {
        if (_time.GetTimestamp() < Volatile.Read(ref _awayUntil))
        {
            WriterTelemetry.Refused.Add(1, new KeyValuePair<string, object?>("reason", "database_away"));
            throw new DatabaseUnavailableException(_awayReason, _options.RetryAfter);
        }
    }

    private TooManyRequestsException Busy()
    {
        WriterTelemetry.Refused.Add(1, new KeyValuePair<string, object?>("reason", "queue_full"));
        return new(
            _queue.IsClosed ? "The service is shutting down." : "The write queue is full; nothing of this request was kept.",
            _options.RetryAfter);
    }
}
