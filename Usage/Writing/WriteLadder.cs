using Npgsql;

namespace LaunchStack.Usage.Writing;

/// <summary>
/// Chooses the road of a commit: COPY (or, where it is refused, plain insert) in the hope that nothing is there already;
/// on a duplicate, and as long as duplicates go on, the merging statement. The same for rows that may be merged: mostly all that
/// one instant has comes in one request. One ladder for all writer loops.
/// </summary>
internal sealed class WriteLadder
{
    // Below this, one round trip with arrays beats the four of BEGIN, COPY, outbox, COMMIT.
    private const int CopyFrom = 256;

    private const int MergesAfterConflict = 32;

    private readonly CopyRoad _copy = new();
    private readonly InsertRoad _insert = new();
    private readonly MergeRoad _merge = new(throughTable: false);
    private readonly MergeRoad _mergeThroughTable = new(throughTable: true);
    private readonly OriginalRoad? _original;
    private volatile bool _copyRefused;
    private volatile bool _expectDuplicates;

    // A merging statement does not tell whether it raised a row or made one, so the hope comes back by count.
    private int _mergesBeforeHope;

    private WriteLadder(UsageDatabase database, OriginalRoad? original)
    {
        Database = database;
        _original = original;
    }

    /// <summary>What the ladder stands on.</summary>
    public UsageDatabase Database { get; }

    /// <summary>Looks at the database and builds its ladder.</summary>
    public static async Task<WriteLadder> DetectAsync(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        var database = await UsageDatabase.DetectAsync(dataSource, cancellationToken);
        return database.Schema == UsageSchema.Hypertable
            ? new(database, null)
            : new(database, new OriginalRoad(await OriginalColumns.ReadAsync(dataSource, database.Table, cancellationToken)));
    }

    /// <summary>Commits on the best road.</summary>
    /// <returns>Positions that were there already.</returns>
    /// <exception cref="PostgresException">No road took it; the caller decides by <see cref="DatabaseFaults"/>.</exception>
    public async Task<(IReadOnlyCollection<int> Untouched, string Road)> CommitAsync(
        CommitContext commit, CancellationToken cancellationToken)
    {
        const int Attempts = 4;
        var mayHold = commit.Set.Merges
            ? Volatile.Read(ref _mergesBeforeHope) > 0 && Interlocked.Decrement(ref _mergesBeforeHope) >= 0
            : _expectDuplicates;
        for (var attempt = 1; ; attempt++)
        {
            var road = Choose(commit.Set, mayHold);
            try
            {
                var untouched = await road.CommitAsync(commit, cancellationToken);
                if (road is MergeRoad && !commit.Set.Merges)
                    _expectDuplicates = untouched.Count > 0;
                return (untouched, road.Name);
            }
            catch (PostgresException e) when (DatabaseFaults.IsDuplicate(e) && !mayHold)
            {
                mayHold = true;
                if (commit.Set.Merges)
                    Volatile.Write(ref _mergesBeforeHope, MergesAfterConflict);
            }
            catch (PostgresException e) when (DatabaseFaults.IsRefused(e) && UsesCopy(road))
            {
                _copyRefused = true;
            }
            catch (PostgresException e) when (DatabaseFaults.IsTransient(e) && attempt < Attempts)
            {
                // The other writer won and is through; go again.
            }
        }
    }

    private static bool UsesCopy(IUsageRoad road) => road is CopyRoad or MergeRoad { ThroughTable: true };

    private IUsageRoad Choose(CommitSet set, bool mayHold)
    {
        if (_original is not null)
            return _original;
        var copies = !_copyRefused && set.Count >= CopyFrom;
        if (mayHold)
            return copies ? _mergeThroughTable : _merge;
        return copies ? _copy : _insert;
    }
}
