using System.Diagnostics;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Usage.Writing;

/// <summary>Carries sets of requests over the selector: all together, then request by request, then by halves.</summary>
internal sealed class UsageCommitter(
    NpgsqlDataSource dataSource, DatabaseProbe probe, UsageWriterOptions options, TimeProvider time, Action onCommitted)
{
    // A request whose rows the database refuses is halved until the guilty rows stand alone; this bounds the statements it may cost.
    private const int MaxRefusals = 64;

    // A server that starts again twice within one commit is not worth waiting for.
    private const int MaxBroken = 3;

    // Idle for longer, a connection may have lost its server unheard.
    private static readonly TimeSpan Trusted = TimeSpan.FromSeconds(1);

    private volatile WriteStrategySelector? _selector;
    private long _committedAt = long.MinValue;

    /// <summary>What the last commit found itself connected to; null before the first.</summary>
    public UsageDatabase? Database => _selector?.Database;

    /// <summary>Looks at the database, once.</summary>
    public async Task<UsageDatabase> DetectAsync(CancellationToken cancellationToken) =>
        (_selector ??= await WriteStrategySelector.DetectAsync(dataSource, cancellationToken)).Database;

    /// <summary>Commits the requests and answers each of them.</summary>
    /// <exception cref="DatabaseUnavailableException">The requests not yet answered were not kept, as far as can be known.</exception>
    public async Task CommitAsync(IReadOnlyList<PendingWrite> requests, RowArrays arrays)
    {
        try
        {
            using (var set = CommitSet.Of(requests))
                await CommitAsync(set, arrays);
            foreach (var request in requests)
                request.Complete();
        }
        catch (PostgresException e) when (PostgresErrors.IsAboutRows(e))
        {
            if (requests.Count > 1)
            {
                foreach (var request in requests)
                    await CommitAsync([request], arrays);
                return;
            }
            var refusals = 1;
            await SplitAsync(requests[0], 0, requests[0].Rows, e);
            requests[0].Complete();

            async Task SplitAsync(PendingWrite request, int from, int to, PostgresException reason)
            {
                if (to - from == 1 || refusals >= MaxRefusals)
                {
                    for (var row = from; row < to; row++)
                    {
                        request.Batch.Reject(
                            request.Batch.Samples.Indexes[row], RejectionCodes.NotStorable,
                            $"The database refused {(to - from == 1 ? "this row" : "a group of rows with this one")}: SQLSTATE {reason.SqlState}.");
                    }
                    return;
                }
                var middle = from + ((to - from) / 2);
                foreach (var (start, end) in new[] { (from, middle), (middle, to) })
                {
                    try
                    {
                        using var half = CommitSet.Of(request, start, end);
                        await CommitAsync(half, arrays);
                    }
                    catch (PostgresException again) when (PostgresErrors.IsAboutRows(again))
                    {
                        refusals++;
                        await SplitAsync(request, start, end, again);
                    }
                }
            }
        }
    }

    private async Task CommitAsync(CommitSet set, RowArrays arrays)
    {
        using var activity = WriterTelemetry.StartCommit(set.Requests);
        var started = time.GetTimestamp();
        try
        {
            var (untouched, strategy) = await probe.WithinReachAsync(async cancellationToken =>
            {
                var selector = _selector ??= await WriteStrategySelector.DetectAsync(dataSource, cancellationToken);
                var (broke, backend) = ((NpgsqlException?)null, 0);
                for (var attempt = 1; ; attempt++)
                {
                    await using var connection = await OpenAsync(mayTrust: attempt == 1, cancellationToken);
                    if (broke is not null && !await BrokenCommit.IsUndoneAsync(connection, backend, set, time, cancellationToken))
                        throw broke;
                    backend = connection.ProcessID;
                    try
                    {
                        var commit = new CommitContext(connection, set, arrays, activity, Guid.CreateVersion7(time.GetUtcNow()), time.GetUtcNow());
                        return await selector.CommitAsync(commit, cancellationToken);
                    }
                    catch (Exception e) when (e is not PostgresException || PostgresErrors.IsBroken((PostgresException)e))
                    {
                        // The others in the pool have most likely lost their server too.
                        dataSource.Clear();
                        broke = e as NpgsqlException;
                        if (attempt == MaxBroken || broke is null || !PostgresErrors.IsBroken(broke) || selector.Database.Schema != UsageSchema.Hypertable)
                            throw;
                    }
                }
            }, options.CommitTimeout, CancellationToken.None);
            Volatile.Write(ref _committedAt, time.GetTimestamp());
            set.Settle(untouched);
            onCommitted();
            activity?.SetTag("launchstack.strategy", strategy).SetTag("launchstack.rows", set.Count).SetTag("launchstack.requests", set.Requests.Count);
            var tag = new KeyValuePair<string, object?>("strategy", strategy);
            WriterTelemetry.CommitDuration.Record(time.GetElapsedTime(started).TotalSeconds, tag);
            WriterTelemetry.CommitRows.Record(set.Count, tag);
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            if (e is AbandonedException)
                set.Abandon();
            if (e is PostgresException p && PostgresErrors.IsSchema(p))
                _selector = null;
            if (e is PostgresException about && PostgresErrors.IsAboutRows(about))
                throw;
            // InvalidOperationException: DetectAsync found no sample table; its message says what to run.
            if (PostgresErrors.IsAway(e) || e is InvalidOperationException)
                throw new DatabaseUnavailableException(PostgresErrors.Describe(e), options.RetryAfter, e);
            throw;
        }
    }

    /// <summary>
    /// A connection that answers. After a commit has broken off, it is not always certain whether it counted (see
    /// <see cref="BrokenCommit"/>); a connection that died in the pool is better found out before anything is sent over it.
    /// </summary>
    private async Task<NpgsqlConnection> OpenAsync(bool mayTrust, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.ConnectTimeout);
        while (true)
        {
            var connection = await dataSource.OpenConnectionAsync(timeout.Token);
            var last = Volatile.Read(ref _committedAt);
            if (mayTrust && last != long.MinValue && time.GetElapsedTime(last) < Trusted)
                return connection;
            try
            {
                await using var ask = new NpgsqlCommand("SELECT 1", connection);
                await ask.ExecuteNonQueryAsync(timeout.Token);
                return connection;
            }
            catch (NpgsqlException e) when (PostgresErrors.IsBroken(e))
            {
                await connection.DisposeAsync();
                dataSource.Clear();
            }
        }
    }
}
