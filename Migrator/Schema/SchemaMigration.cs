using System.Diagnostics;
using LaunchStack.Contracts;
using LaunchStack.Migrator.Database;
using LaunchStack.Usage.Outbox;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LaunchStack.Migrator.Schema;

/// <summary>Brings a database to the newest schema and its policies to the configured windows.</summary>
public static class SchemaMigration
{
    /// <summary>The oldest TimescaleDB with everything used here.</summary>
    public static readonly Version MinimumTimescale = new(2, 19);

    internal static readonly ActivitySource Source = new("LaunchStack.Migrator");

    /// <summary>Idempotent; waits up to a minute for a database that is starting; one run at a time.</summary>
    /// <exception cref="SchemaException">Windows contradict each other, the database does not fit, or a script failed.</exception>
    public static Task<SchemaResult> ApplyAsync(
        string connectionString, LifecycleOptions lifecycle, ILogger logger, CancellationToken cancellationToken) =>
        ApplyAsync(connectionString, lifecycle, SchemaScript.All, logger, TimeProvider.System, cancellationToken);

    internal static async Task<SchemaResult> ApplyAsync(
        string connectionString, LifecycleOptions lifecycle, IReadOnlyList<SchemaScript> scripts, ILogger logger, TimeProvider time,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lifecycle);
        lifecycle.Validate();
        using var activity = Source.StartActivity("schema.apply");

        connectionString = DatabaseConnection.PrepareToWrite(connectionString);
        await using var connection = await DatabaseConnection.OpenAsync(connectionString, logger, time, cancellationToken);
        await LockAsync(connection, logger, cancellationToken);
        try
        {
            await RefuseForeignAsync(connection, cancellationToken);
            var runner = new SchemaRunner(connectionString, logger);
            // The first makes the extension; what it is must be known before anything stands on it.
            var run = runner.Run(scripts.Take(1), cancellationToken).ToList();
            await RequireTimescaleAsync(connection, cancellationToken);
            run.AddRange(runner.Run(scripts.Skip(1), cancellationToken));

            var version = await VersionAsync(connection, cancellationToken);
            var changed = await DeadlockRetry.RunAsync(async () =>
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                List<string> changes = [.. await RollupScripts.MakeLostAsync(connection, cancellationToken), .. await new LifecyclePolicies(connection).ApplyAsync(lifecycle, cancellationToken)];
                if (run.Count + changes.Count > 0)
                    await OutboxTable.InsertAsync(connection, new SchemaMigrated(version, run, time.GetUtcNow()), cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return changes;
            });

            foreach (var change in changed)
                SchemaLog.PolicyChanged(logger, change);
            SchemaLog.SchemaApplied(logger, version, run.Count, changed.Count);
            return new SchemaResult(version, run, changed);
        }
        finally
        {
            await connection.UnlockAsync(AdvisoryLock.Schema);
        }
    }

    private static async Task LockAsync(NpgsqlConnection connection, ILogger logger, CancellationToken cancellationToken)
    {
        if (await connection.TryLockAsync(AdvisoryLock.Schema, cancellationToken))
            return;
        SchemaLog.LockAwaited(logger);
        await connection.ExecuteAsync("SELECT pg_advisory_lock($1)", cancellationToken, AdvisoryLock.Schema);
    }

    private static async Task RefuseForeignAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await TargetSchema.ProblemAsync(connection, cancellationToken) is { } problem)
            throw new RefusedException(problem);
        if (await SchemaNames.TakenAsync(connection, cancellationToken) is { Count: > 0 } taken)
            throw new SchemaException(
                $"Database {connection.Database} holds tables that are not ours (the original database?): {string.Join(", ", taken)}. Nothing was changed. "
                + "Point ConnectionStrings__launchstack at an empty database, and ConnectionStrings__original at the original one.");
    }

    private static async Task RequireTimescaleAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var text = await connection.ScalarAsync<string>("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'", cancellationToken);
        if (text is null || Version.Parse(text.Split('-')[0]) < MinimumTimescale)
            throw new SchemaException(
                $"TimescaleDB {text ?? "(none)"} is too old: {MinimumTimescale} or later is needed. Run ALTER EXTENSION timescaledb UPDATE.");
        if (await TimescaleEdition.ProblemsAsync(connection, cancellationToken) is { Count: > 0 } problems)
            throw new RefusedException(string.Join(Environment.NewLine, problems));
    }

    /// <summary>Whether the newest script has run.</summary>
    internal static async Task<bool> IsCurrentAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await VersionAsync(connection, cancellationToken) == SchemaScript.All[^1].Name;

    private static async Task<string> VersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.ScalarAsync<string>($"SELECT max(scriptname) FROM public.{SchemaRunner.Journal}", cancellationToken))!;
}
