using System.Diagnostics;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing.Strategies;
using Npgsql;

namespace LaunchStack.Usage.Writing;

/// <summary>Commits sets of requests: all together, then request by request, then by halves, so that bad rows fail alone.</summary>
internal sealed class UsageCommitter(DatabaseExecutor executor, TimeProvider time, Action onCommitted)
{
    // A request whose rows the database refuses is halved until the guilty rows stand alone; this bounds the statements it may cost.
    private const int MaxRefusals = 64;

    // One row that is not there proves that a commit did not count: it is all or nothing.
    private const string MissesOne =
        $"""
        SELECT EXISTS (SELECT FROM {RowArrays.Keys}
                       WHERE NOT EXISTS (SELECT FROM {SampleTable.Name} r WHERE r.instance_id = incoming.instance_id AND r."timestamp" = incoming."timestamp"))
        """;

    private volatile WriteStrategySelector? _selector;

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
        catch (PostgresException e) when (requests.Count > 1 && PostgresErrors.IsAboutValues(e))
        {
            foreach (var request in requests)
                await CommitAsync([request], arrays);
        }
        catch (PostgresException e) when (PostgresErrors.IsAboutValues(e))
        {
            await HalveAsync(requests[0], arrays, e);
            requests[0].Complete();
        }
    }

    private async Task HalveAsync(PendingWrite request, RowArrays arrays, PostgresException reason)
    {
        var refusals = 1;
        var refused = new Stack<(int From, int To, PostgresException Reason)>([(0, request.Rows, reason)]);
        while (refused.TryPop(out var range))
        {
            if (range.To - range.From == 1 || refusals >= MaxRefusals)
            {
                Reject(request, range.From, range.To, range.Reason);
                continue;
            }
            var middle = range.From + ((range.To - range.From) / 2);
            foreach (var (from, to) in new[] { (range.From, middle), (middle, range.To) })
            {
                try
                {
                    using var half = CommitSet.Of(request, from, to);
                    await CommitAsync(half, arrays);
                }
                catch (PostgresException e) when (PostgresErrors.IsAboutValues(e))
                {
                    refusals++;
                    refused.Push((from, to, e));
                }
            }
        }
    }

    private static void Reject(PendingWrite request, int from, int to, PostgresException reason)
    {
        for (var row = from; row < to; row++)
        {
            request.Batch.Reject(
                request.Batch.Samples[row].Index, RejectionCodes.NotStorable,
                $"The database refused {(to - from == 1 ? "this row" : "a group of rows with this one")}: SQLSTATE {reason.SqlState}.");
        }
    }

    private async Task CommitAsync(CommitSet set, RowArrays arrays)
    {
        using var activity = WriterTelemetry.StartCommit(set.Requests);
        var started = time.GetTimestamp();
        try
        {
            var (untouched, strategy) = await executor.CommitAsync(
                async (connection, token) =>
                {
                    var commit = new CommitContext(connection, set, arrays, activity, Guid.CreateVersion7(time.GetUtcNow()), time.GetUtcNow());
                    return await (await SelectorAsync(connection, token)).CommitAsync(commit, token);
                },
                (connection, token) => IsUndoneAsync(connection, set, arrays, token));
            set.Settle(untouched);
            onCommitted();
            WriterTelemetry.Committed(activity, strategy, set, time.GetElapsedTime(started));
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            if (e.InnerException is AbandonedOperationException)
                set.Abandon();
            if (PostgresErrors.IsOtherSchema(e.InnerException ?? e))
                _selector = null;
            throw;
        }
    }

    private async Task<WriteStrategySelector> SelectorAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        _selector ??= await WriteStrategySelector.DetectAsync(connection, cancellationToken);

    private async Task<bool> IsUndoneAsync(NpgsqlConnection connection, CommitSet set, RowArrays arrays, CancellationToken cancellationToken)
    {
        // The original's table, without a key, may hold a row twice.
        if (_selector?.Database.Schema != UsageSchema.Hypertable)
            return false;
        await using var command = new NpgsqlCommand(MissesOne, connection);
        arrays.BindKeys(command.Parameters, set);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }
}
