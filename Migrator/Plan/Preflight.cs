using System.Data;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Relations;
using LaunchStack.Migrator.Rollback;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LaunchStack.Migrator.Plan;

/// <summary>What must hold before a move begins, found by looking at both sides: plan and copy ask the same.</summary>
internal sealed class Preflight : IAsyncDisposable
{
    // One holds the lock of the schema while another runs its scripts.
    private const int NeededConnections = 2;

    private readonly MigrationEnvironment _environment;
    private readonly List<string> _problems = [];
    private readonly List<string> _warnings = [];
    private bool _isReadable;

    private Preflight(MigrationEnvironment environment) => _environment = environment;

    /// <summary>Why it cannot begin, each with what to do about it.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>What an operator should know before.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>The original as it is now; null when it cannot be read.</summary>
    public OriginalSnapshot? Snapshot { get; private set; }

    public OriginalDatabase? Original { get; private set; }

    /// <summary>A session that changes nothing; null when the target cannot be reached.</summary>
    public NpgsqlConnection? Target { get; private set; }

    public PlannedTarget? State { get; private set; }

    /// <summary>What will become of users, instances and payments; empty when that cannot be told.</summary>
    public IReadOnlyList<(RelationShape Shape, RelationOutcome? Outcome)> Relations { get; private set; } = [];

    public static async Task<Preflight> RunAsync(MigrationEnvironment environment, CancellationToken cancellationToken)
    {
        var preflight = new Preflight(environment);
        try
        {
            await preflight.LookAsync(cancellationToken);
            return preflight;
        }
        catch
        {
            await preflight.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="RefusedException">The move cannot begin; the message says why, and what to do.</exception>
    public static async Task RequireAsync(MigrationEnvironment environment, CancellationToken cancellationToken)
    {
        await using var preflight = await RunAsync(environment, cancellationToken);
        if (preflight.Problems.Count > 0)
            throw new RefusedException(string.Join(Environment.NewLine, preflight.Problems));
    }

    /// <summary>Reads the original as copy would; null where that cannot be done, for a reason that is added to <paramref name="problems"/>.</summary>
    public async Task<PlannedOriginal?> InspectAsync(List<string> problems, CancellationToken cancellationToken) =>
        Snapshot is null || Original is null || !_isReadable
            ? null
            : await TryAsync(
                "", () => new OriginalInspection(Snapshot, Original, _environment).RunAsync(Relations, cancellationToken), problems);

    public async ValueTask DisposeAsync()
    {
        if (Target is not null)
            await Target.DisposeAsync();
        if (Snapshot is not null)
            await Snapshot.DisposeAsync();
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        Snapshot = await TryAsync(
            "ConnectionStrings__original: ", () => OriginalSnapshot.TakeAsync(_environment, cancellationToken));
        Target = await TryAsync("ConnectionStrings__launchstack: ", () => OpenTargetAsync(cancellationToken));
        if (Snapshot is not null)
            Original = await TryAsync("", () => OriginalDatabase.DetectAsync(Snapshot.Connection, cancellationToken, Target?.PostgreSqlVersion.Major ?? int.MaxValue));
        // What cannot be read of the samples says nothing of the rest.
        if (Original is not null)
            _isReadable = await TryAsync("", () => Task.FromResult(Original.SampleQuery())) is not null;
        if (Snapshot is not null && Original is not null)
            _warnings.AddRange(await new OriginalChecks(Snapshot.Connection, Original).RunAsync(cancellationToken));
        if (Target is not null)
            await InspectAsync(Target, cancellationToken);
        if (Snapshot is not null && Target is not null && Original is not null)
            await CompareAsync(Snapshot, Target, Original, cancellationToken);
    }

    private async Task InspectAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        // What copy says itself is a note here.
        var targets = new WorkerConnections("The target", target, async stop => await OpenTargetAsync(stop, isFurther: true), NullLogger.Instance);
        await targets.RunAsync(Math.Max(_environment.Workers, NeededConnections), async connections =>
        {
            if (targets.Narrowed is { } fewer && connections.Count < NeededConnections)
                _problems.Add($"{fewer}; {NeededConnections} are needed. Raise that limit, or close others.");
            else if (targets.Narrowed is { } few)
                _warnings.Add($"{few}: copy and verify use as many, and take longer.");
            State = await new TargetInspection(target, connections.ElementAtOrDefault(1), _problems).RunAsync(cancellationToken);
        }, cancellationToken);
    }

    private async Task CompareAsync(
        OriginalSnapshot snapshot, NpgsqlConnection target, OriginalDatabase original, CancellationToken cancellationToken)
    {
        var ledger = new MigrationLedger(target);
        await TryAsync("", async () =>
        {
            if (await ledger.FindRunAsync(cancellationToken) is { } run)
            {
                await SameOriginal.RequireAsync(snapshot.Connection, original, ledger, run, cancellationToken);
                await MovedColumns.RequireAsync(target, original.Samples, cancellationToken);
            }

            return ledger;
        });
        var lacking = new List<string>();
        if (State is not null)
            Relations = await TryAsync("", () => new RelationForecast(snapshot.Connection, target, original).RunAsync(State, cancellationToken)) ?? [];
        _warnings.AddRange(UnplacedValues.Foretell(original, Relations.Select(r => r.Shape)));
        foreach (var (shape, outcome) in Relations)
        {
            _problems.AddRange(shape.Misfits.Select(shape.Describe));
            _warnings.AddRange(KeyAdoption.Describe(shape));
            _warnings.AddRange(await TryAsync("", () => RoundedValues.DescribeAsync(
                snapshot.Connection, shape.Table,
                shape.Fitting().Columns.Where(c => OriginalColumn.KindOf(c.Type) == "timestamp with time zone").Select(c => (c.Source, "timestamptz")), original.Server,
                cancellationToken)) ?? []);
            lacking.AddRange(shape.Columns.Where(c => !c.IsThere).Select(c => $"{shape.Name}.{c.Quoted} {c.Type}"));
            if (outcome is { IsAllRejected: true })
                _problems.Add($"No row of {shape.Table.Display} can be moved as it is: {Quarantine.Describe(outcome.Reasons)}. "
                    + "Correct them there, or offer a view in its place that does.");
        }

        if (await TryAsync("", () => ExtraColumns.FindAsync(target, original.Samples, binary: true, cancellationToken)) is { } extras)
            lacking.AddRange(ExtraColumns.Of(original.Samples).Except(extras.Columns.Select(c => c.Column)).Select(c => $"{original.Samples.Name}.{c.Quoted} {c.TargetType}"));
        if (lacking.Count > 0)
            _warnings.Add($"The target lacks {Counted.Of(lacking.Count, "column")}, to be added: {string.Join(", ", lacking)}.");
    }

    private async Task<NpgsqlConnection> OpenTargetAsync(CancellationToken cancellationToken, bool isFurther = false)
    {
        // Of its own: a pool would hand the read-only session on.
        var alone = new NpgsqlConnectionStringBuilder(DatabaseConnection.PrepareToWrite(_environment.Target)) { Pooling = false }.ConnectionString;
        var connection = await DatabaseConnection.OpenAsync(alone, _environment.Logger, _environment.Time, cancellationToken, isFurther);
        await connection.ExecuteAsync("SET default_transaction_read_only = on", cancellationToken);
        return connection;
    }

    private bool HasLost => Snapshot is { Connection.State: not ConnectionState.Open } || Target is { State: not ConnectionState.Open };

    /// <summary>Whatever stands in the way of looking is a reason not to begin, and no reason to look no further.</summary>
    private async Task<T?> TryAsync<T>(string where, Func<Task<T>> look, List<string>? problems = null)
        where T : class
    {
        try
        {
            return await look();
        }
        catch (Exception error) when (error is (SchemaException or RefusedException or NpgsqlException or TimeoutException) && !RecoveryConflict.Is(error))
        {
            (problems ?? _problems).Add(where + ErrorText.Describe(error));
            return null;
        }
        catch (InvalidOperationException) when (_problems.Count > 0 && HasLost)
        {
            // The cause is among the problems: what is out of room (class 53) costs the connection too.
            return null;
        }
    }
}
