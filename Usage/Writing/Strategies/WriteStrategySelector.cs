using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Usage.Writing.Strategies;

/// <summary>
/// Chooses how a commit goes in: plain COPY (or, where it is refused and for small ones, plain INSERT) as long as nothing is there
/// already. What was committed lately is looked for first; after a duplicate key that was not foreseen, and as long as these go on, all
/// rows are. One for all writer loops.
/// </summary>
internal sealed class WriteStrategySelector
{
    // Below this, one round trip with arrays beats the three of COPY, its end, and outbox with COMMIT.
    private const int CopyFrom = 256;

    // After so many commits without a conflict that was not foreseen, all rows are no longer looked for. To look for them costs what a
    // refused COPY has cost in vain: few, so that a rare conflict does not burden many commits.
    private const int CommitsUntilPlain = 4;

    private const int MaxAttempts = 4;

    private readonly IWriteStrategy _copy;
    private readonly IWriteStrategy _insert;
    private readonly IWriteStrategy _split;
    private readonly IWriteStrategy _merge;
    private readonly RecentKeys _recent = new();
    private volatile bool _copyRefused;
    private int _commitsUntilPlain;

    internal WriteStrategySelector(UsageDatabase database, IWriteStrategy copy, IWriteStrategy insert, IWriteStrategy split, IWriteStrategy merge)
    {
        Database = database;
        (_copy, _insert, _split, _merge) = (copy, insert, split, merge);
        // The embedded database has one session: COPY would keep it from everybody else for its three round trips.
        _copyRefused = database is { TimescaleVersion: not null, HasBackgroundWorkers: false };
    }

    /// <summary>What the samples go into.</summary>
    public UsageDatabase Database { get; }

    /// <summary>Looks at the database.</summary>
    public static async Task<WriteStrategySelector> DetectAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var database = await UsageDatabase.DetectAsync(connection, cancellationToken);
        if (database.Schema == UsageSchema.Hypertable)
            return new(database, new CopyStrategy(), new InsertStrategy(), new SplitStrategy(), new MergeStrategy());
        var only = new LegacyTableStrategy(await LegacySchema.ReadAsync(connection, database.Table, cancellationToken));
        return new(database, only, only, only, only);
    }

    /// <summary>Commits by the best strategy that takes the set.</summary>
    /// <returns>Positions that were there already.</returns>
    /// <exception cref="PostgresException">None takes it; the caller decides by <see cref="PostgresErrors"/>.</exception>
    public async Task<(IReadOnlyCollection<int> Untouched, string Strategy)> CommitAsync(CommitContext commit, CancellationToken cancellationToken)
    {
        var recent = _recent.In(commit.Set);
        var conflicts = Volatile.Read(ref _commitsUntilPlain) > 0 ? 1 : 0;
        for (var attempt = 1; ; attempt++)
        {
            var strategy = Choose(commit.Set, recent.Count, conflicts);
            try
            {
                var untouched = await strategy.CommitAsync(conflicts == 0 ? commit with { Suspects = recent } : commit, cancellationToken);
                if (conflicts > 0)
                    NoteConflicts(untouched.Except(recent).Count());
                _recent.Add(commit.Set);
                return (untouched, strategy.Name);
            }
            catch (PostgresException e) when (PostgresErrors.IsDuplicateKey(e) && strategy != _merge)
            {
                NoteConflicts(++conflicts);
            }
            catch (PostgresException e) when (PostgresErrors.IsNotSupported(e) && (strategy == _copy || strategy == _split) && strategy != _merge)
            {
                _copyRefused = true;
            }
            catch (PostgresException e) when (PostgresErrors.IsTransient(e) && attempt < MaxAttempts)
            {
                // The other writer won and is through; go again.
            }
        }
    }

    private void NoteConflicts(int found)
    {
        if (found > 0)
            Volatile.Write(ref _commitsUntilPlain, CommitsUntilPlain);
        else
            Interlocked.Decrement(ref _commitsUntilPlain);
    }

    private IWriteStrategy Choose(CommitSet set, int recent, int conflicts)
    {
        var copies = !_copyRefused && set.Count >= CopyFrom;
        return (copies, conflicts) switch
        {
            (true, 0) when recent == 0 => _copy,
            (false, 0) when recent == 0 => _insert,
            (true, 0 or 1) => _split,
            // A small commit; or another writer brings the same rows at this moment: one statement settles it.
            _ => _merge,
        };
    }
}
