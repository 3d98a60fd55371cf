using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Usage.Writing.Strategies;

/// <summary>
/// Chooses how a commit goes in: plain COPY (or, where it is refused and for small ones, plain INSERT) as long as nothing is there
/// already; after a duplicate key, and as long as these go on, so that what is there is found first. One for all writer loops.
/// </summary>
internal sealed class WriteStrategySelector
{
    // Below this, one round trip with arrays beats the four of BEGIN, COPY, outbox, COMMIT.
    private const int CopyFrom = 256;

    // After so many commits without a conflict a plain one is tried again; when it fails, what it has sent was in vain.
    private const int CommitsUntilPlain = 32;

    private const int MaxAttempts = 4;

    private readonly CopyStrategy _copy = new();
    private readonly InsertStrategy _insert = new();
    private readonly SplitStrategy _split = new();
    private readonly MergeStrategy _merge = new();
    private readonly LegacyTableStrategy? _legacy;
    private volatile bool _copyRefused;
    private int _commitsUntilPlain;

    private WriteStrategySelector(UsageDatabase database, LegacyTableStrategy? legacy)
    {
        Database = database;
        _legacy = legacy;
        // The embedded database has one session: COPY would keep it from everybody else for its four round trips.
        _copyRefused = database is { TimescaleVersion: not null, HasBackgroundWorkers: false };
    }

    /// <summary>What the samples go into.</summary>
    public UsageDatabase Database { get; }

    /// <summary>Looks at the database.</summary>
    public static async Task<WriteStrategySelector> DetectAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var database = await UsageDatabase.DetectAsync(connection, cancellationToken);
        return database.Schema == UsageSchema.Hypertable
            ? new(database, null)
            : new(database, new LegacyTableStrategy(await LegacySchema.ReadAsync(connection, database.Table, cancellationToken)));
    }

    /// <summary>Commits by the best strategy that takes the set.</summary>
    /// <returns>Positions that were there already.</returns>
    /// <exception cref="PostgresException">None takes it; the caller decides by <see cref="PostgresErrors"/>.</exception>
    public async Task<(IReadOnlyCollection<int> Untouched, string Strategy)> CommitAsync(CommitContext commit, CancellationToken cancellationToken)
    {
        var conflicts = Volatile.Read(ref _commitsUntilPlain) > 0 ? 1 : 0;
        for (var attempt = 1; ; attempt++)
        {
            var strategy = Choose(commit.Set, conflicts);
            try
            {
                var untouched = await strategy.CommitAsync(commit, cancellationToken);
                if (conflicts > 0)
                    NoteConflicts(untouched.Count);
                return (untouched, strategy.Name);
            }
            catch (PostgresException e) when (PostgresErrors.IsDuplicateKey(e) && strategy != _merge)
            {
                NoteConflicts(++conflicts);
            }
            catch (PostgresException e) when (PostgresErrors.IsNotSupported(e) && (strategy == _copy || strategy == _split))
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

    private IWriteStrategy Choose(CommitSet set, int conflicts)
    {
        if (_legacy is not null)
            return _legacy;
        var copies = !_copyRefused && set.Count >= CopyFrom;
        return (copies, conflicts) switch
        {
            (true, 0) => _copy,
            (false, 0) => _insert,
            // Another writer brings the same rows at this moment: one statement settles it.
            (true, 1) => _split,
            _ => _merge,
        };
    }
}
