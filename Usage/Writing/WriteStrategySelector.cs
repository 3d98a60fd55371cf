using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Usage.Writing;

/// <summary>
/// Chooses the strategy of a commit: COPY (or, where it is refused, plain insert) in the hope that nothing is there already;
/// on a duplicate, and as long as duplicates go on, the merging statement. The same for rows that may be merged: mostly all that
/// one instant has comes in one request. One selector for all writer loops.
/// </summary>
internal sealed class WriteStrategySelector
{
    // Below this, one round trip with arrays beats the four of BEGIN, COPY, outbox, COMMIT.
    private const int CopyFrom = 256;

    private const int MergesAfterConflict = 32;

    private readonly CopyStrategy _copy = new();
    private readonly InsertStrategy _insert = new();
    private readonly MergeStrategy _merge = new(throughTable: false);
    private readonly MergeStrategy _mergeThroughTable = new(throughTable: true);
    private readonly LegacyTableStrategy? _original;
    private volatile bool _copyRefused;
    private volatile bool _expectConflicts;

    // A merging statement does not tell whether it raised a row or made one, so the hope comes back by count.
    private int _mergesUntilCopyRetry;

    private WriteStrategySelector(UsageDatabase database, LegacyTableStrategy? original)
    {
        Database = database;
        _original = original;
        // The embedded database has one session: COPY would keep it from everybody else for its four round trips.
        _copyRefused = database is { TimescaleVersion: not null, HasBackgroundWorkers: false };
    }

    /// <summary>What the selector stands on.</summary>
    public UsageDatabase Database { get; }

    /// <summary>Looks at the database and builds its selector.</summary>
    public static async Task<WriteStrategySelector> DetectAsync(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        var database = await UsageDatabase.DetectAsync(dataSource, cancellationToken);
        return database.Schema == UsageSchema.Hypertable
            ? new(database, null)
            : new(database, new LegacyTableStrategy(await LegacySchema.ReadAsync(dataSource, database.Table, cancellationToken)));
    }

    /// <summary>Commits on the best strategy.</summary>
    /// <returns>Positions that were there already.</returns>
    /// <exception cref="PostgresException">No strategy took it; the caller decides by <see cref="PostgresErrors"/>.</exception>
    public async Task<(IReadOnlyCollection<int> Untouched, string Strategy)> CommitAsync(
        CommitContext commit, CancellationToken cancellationToken)
    {
        const int Attempts = 4;
        var expectConflicts = commit.Set.Merges
            ? Volatile.Read(ref _mergesUntilCopyRetry) > 0 && Interlocked.Decrement(ref _mergesUntilCopyRetry) >= 0
            : _expectConflicts;
        for (var attempt = 1; ; attempt++)
        {
            var strategy = Choose(commit.Set, expectConflicts);
            try
            {
                var untouched = await strategy.CommitAsync(commit, cancellationToken);
                if (strategy is MergeStrategy && !commit.Set.Merges)
                    _expectConflicts = untouched.Count > 0;
                return (untouched, strategy.Name);
            }
            catch (PostgresException e) when (PostgresErrors.IsDuplicate(e) && !expectConflicts)
            {
                expectConflicts = true;
                if (commit.Set.Merges)
                    Volatile.Write(ref _mergesUntilCopyRetry, MergesAfterConflict);
            }
            catch (PostgresException e) when (PostgresErrors.IsRefused(e) && UsesCopy(strategy))
            {
                _copyRefused = true;
            }
            catch (PostgresException e) when (PostgresErrors.IsTransient(e) && attempt < Attempts)
            {
                // The other writer won and is through; go again.
            }
        }
    }

    private static bool UsesCopy(IWriteStrategy strategy) => strategy is CopyStrategy or MergeStrategy { ThroughTable: true };

    private IWriteStrategy Choose(CommitSet set, bool expectConflicts)
    {
        if (_original is not null)
            return _original;
        var copies = !_copyRefused && set.Count >= CopyFrom;
        if (expectConflicts)
            return copies ? _mergeThroughTable : _merge;
        return copies ? _copy : _insert;
    }
}
