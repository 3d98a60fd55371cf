using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Schema;
using Npgsql;

namespace LaunchStack.Migrator.Move;

/// <summary>Both sides of a move as a verb works with them: one state of the original, the target, and the ledger between them.</summary>
internal sealed class MigrationContext : IAsyncDisposable
{
    private readonly MigrationLock? _lock;
    private readonly WorkerConnections _targets;

    private MigrationContext(
        MigrationEnvironment environment, NpgsqlConnection target, MigrationLock? held, OriginalSnapshot snapshot, OriginalDatabase original)
    {
        Environment = environment;
        Target = target;
        Ledger = new(target);
        Snapshot = snapshot;
        Original = original;
        Latest = LegacySampleRules.LatestAt(environment.Time.GetUtcNow().UtcDateTime);
        _lock = held;
        _targets = new("The target", target, async stop => await environment.OpenTargetAsync(stop, isFurther: true), environment.Logger);
    }

    public MigrationEnvironment Environment { get; }

    public CopyProgress Progress => Environment.Progress;

    public NpgsqlConnection Target { get; }

    public MigrationLedger Ledger { get; }

    public OriginalSnapshot Snapshot { get; }

    public OriginalDatabase Original { get; }

    public TargetAbilities Abilities { get; set; } = TargetAbilities.None;

    /// <summary>Samples from it on cannot be: judged by the moment they are read, as a move may take days.</summary>
    public DateTime Latest { get; }

    /// <summary>The move; null before copy has begun it.</summary>
    public MigrationRun? Run { get; private set; }

    /// <summary>The move, which has begun.</summary>
    public MigrationRun Begun => Run ?? throw new InvalidOperationException("No move has begun.");

    /// <summary>Opens both sides; the target first, which costs the original nothing when the verb is refused.</summary>
    /// <param name="environment">Where.</param>
    /// <param name="exclusive">Whether the verb changes the target: then one at a time.</param>
    /// <param name="require">Refuses a move that the verb cannot go on with.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="RefusedException">Another migrator is at work, or the move or the original does not fit.</exception>
    public static async Task<MigrationContext> OpenAsync(
        MigrationEnvironment environment, bool exclusive, Func<MigrationRun?, MigrationRun?> require, CancellationToken cancellationToken)
    {
        var target = await environment.OpenTargetAsync(cancellationToken);
        MigrationLock? held = null;
        OriginalSnapshot? snapshot = null;
        try
        {
            if ((await TargetWrites.ReadOnlyProblemAsync(target, cancellationToken) ?? (exclusive ? await TargetWrites.PublicationProblemAsync(target, cancellationToken) : null)) is { } problem)
                throw new RefusedException(problem);
            held = exclusive ? await MigrationLock.TakeAsync(target, environment.Time, cancellationToken) : null;
            var run = require(await new MigrationLedger(target).FindRunAsync(cancellationToken));
            snapshot = await OriginalSnapshot.TakeAsync(environment, cancellationToken);
            var original = await OriginalDatabase.DetectAsync(snapshot.Connection, cancellationToken, target.PostgreSqlVersion.Major);
            if (run is not null)
            {
                await SameOriginal.RequireAsync(snapshot.Connection, original, new(target), run, cancellationToken);
                await MovedColumns.RequireAsync(target, original.Samples, cancellationToken);
            }

            return new(environment, target, held, snapshot, original)
            {
                Run = run,
                Abilities = await TargetAbilities.FindAsync(target, cancellationToken),
            };
        }
        catch
        {
            await CloseAsync(target, held, snapshot);
            throw;
        }
    }

    /// <summary>Enters the move in the ledger.</summary>
    public async Task BeginAsync(MigrationRun run, CancellationToken cancellationToken)
    {
        await Ledger.StartRunAsync(run, Latest, cancellationToken);
        await MovedColumns.KeepAsync(Target, Original.Samples, cancellationToken);
        Run = run;
    }

    /// <summary>Adds to the target what it lacks of the samples' columns, and notes which are moved.</summary>
    public Task AddColumnsAsync(CancellationToken cancellationToken) => DeadlockRetry.RunAsync(async () =>
    {
        await ExtraColumns.AddAsync(Target, Original.Samples, cancellationToken);
        await MovedColumns.KeepAsync(Target, Original.Samples, cancellationToken);
    });

    /// <summary>What the target has of the columns that the new schema lacks.</summary>
    /// <exception cref="RefusedException">One has another type there.</exception>
    public Task<ExtraColumns> ExtraColumnsAsync(CancellationToken cancellationToken) =>
        ExtraColumns.FindAsync(Target, Original.Samples, Abilities.Copy, cancellationToken);

    /// <summary>Where the original's samples lie in time.</summary>
    public Task<SourceScan> ScanAsync(LegacySampleQuery query, CancellationToken cancellationToken, bool versions = true) =>
        SourceScan.RunAsync(Snapshot, query, Latest, cancellationToken, versions);

    /// <summary>What of the original can be moved, with the instances that the target has now.</summary>
    public async Task<LegacySampleRules> RulesAsync(CancellationToken cancellationToken) => Rules(await Instances.ListAsync(Target, cancellationToken));

    /// <summary>Likewise, with these instances.</summary>
    public LegacySampleRules Rules(List<Guid> instances) => new(Latest, Begun.QuarantineDeleted, id => instances.BinarySearch(id) >= 0);

    /// <summary>Starts of the windows with quarantined orphans whose instance has come since.</summary>
    public Task<HashSet<DateTime>> AdoptedAsync(CancellationToken cancellationToken) => new Quarantine(Target).AdoptedAsync(
        Original.Samples.Name, Original.Samples.Find("instance_id")!.Name, cancellationToken);

    public OriginalReader Reader(NpgsqlConnection connection, LegacySampleQuery query) =>
        new(connection, query, Latest);

    /// <summary>Runs for each of several pairs of connections at once, to the original and to the target; the failure of one ends all.</summary>
    public Task WithPairsAsync(Func<NpgsqlConnection, NpgsqlConnection, CancellationToken, Task> work, CancellationToken cancellationToken) =>
        Snapshot.WithReadersAsync(
            readers => WithTargetsAsync(
                readers.Count, targets => Workers.RunAsync([.. readers.Zip(targets)], (pair, stop) => work(pair.First, pair.Second, stop), cancellationToken),
                cancellationToken), cancellationToken);

    // The embedded database has one session.
    private Task WithTargetsAsync(int most, Func<IReadOnlyList<NpgsqlConnection>, Task> work, CancellationToken cancellationToken) =>
        _targets.RunAsync(Abilities.Copy ? most : 1, work, cancellationToken);

    /// <summary>One work beside another that takes as many connections to the target as may work at once; one after the other where there is only one. The failure of one ends the other.</summary>
    public Task BesideAsync(
        Func<NpgsqlConnection, CancellationToken, Task> one, Func<IReadOnlyList<NpgsqlConnection>, CancellationToken, Task> other, CancellationToken cancellationToken) =>
        WithTargetsAsync(Environment.Workers + 1, async targets =>
        {
            if (targets.Count == 1)
            {
                await one(targets[0], cancellationToken);
                await other(targets, cancellationToken);
                return;
            }

            await Workers.RunAsync<Func<CancellationToken, Task>>(
                [stop => one(targets[^1], stop), stop => other([.. targets.SkipLast(1)], stop)], (work, stop) => work(stop), cancellationToken);
        }, cancellationToken);

    public async ValueTask DisposeAsync() => await CloseAsync(Target, _lock, Snapshot);

    private static async Task CloseAsync(NpgsqlConnection target, MigrationLock? held, OriginalSnapshot? snapshot)
    {
        if (snapshot is not null)
            await snapshot.DisposeAsync();
        if (held is not null)
            await held.DisposeAsync();
        await target.DisposeAsync();
    }
}
