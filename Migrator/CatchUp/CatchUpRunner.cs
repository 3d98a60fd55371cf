using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Schema;
using LaunchStack.Migrator.Source;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LaunchStack.Migrator.CatchUp;

/// <summary>
/// Moves what the original has taken in, changed or lost since the last pass. A window in which anything is different is replaced
/// as a whole, in one transaction: a crash leaves it as it was before or as it is now.
/// </summary>
internal sealed class CatchUpRunner(
    string sourceConnectionString, string targetConnectionString, ILogger logger, TimeProvider time, CopyProgress progress)
{
    private readonly string targetString = DatabaseConnection.Prepare(targetConnectionString);

    /// <exception cref="RefusedException">There is no finished copy to go on from, or the cutover has been.</exception>
    public async Task<CatchUpPass> RunPassAsync(CancellationToken cancellationToken)
    {
        using var activity = SchemaMigration.Source.StartActivity("migration.catch-up");
        var started = time.GetTimestamp();
        await using var target = await DatabaseConnection.OpenAsync(targetString, logger, time, cancellationToken);
        await using var turn = await MigrationLock.TakeAsync(target, time, cancellationToken);
        var run = await RequireCopyAsync(target, cancellationToken);
        await using var snapshot = await OriginalSnapshot.TakeAsync(sourceConnectionString, logger, cancellationToken);
        var original = await OriginalDatabase.DetectAsync(snapshot.Connection, cancellationToken);
        run.RequireSame(original);

        await PausedPolicies.PauseAsync(target, cancellationToken);
        try
        {
            foreach (var relation in original.Relations)
                await new RelationCopy(snapshot.Connection, target).RunAsync(relation, again: true, cancellationToken);
            await new SurplusRows(snapshot.Connection, target).RemoveAsync(original.Relations, cancellationToken);
            var abilities = await TargetAbilities.FindAsync(target, cancellationToken);
            await Deadlock.RetryAsync(() => SampleExtras.AddAsync(target, original.Samples, cancellationToken));
            var query = new SampleQuery(original.Samples, await SampleExtras.FindAsync(target, original.Samples, abilities.Copy, cancellationToken));
            var changed = await ChangedWindows.FindAsync(snapshot, original, query, run, target, cancellationToken);
            if (changed.Count > 0)
            {
                // What was verified is not what will be there.
                await target.ExecuteAsync("UPDATE migration_runs SET verified_at = NULL", cancellationToken);
                await CopyAsync(snapshot, original, query, run, target, abilities, changed, cancellationToken);
            }

            await RollupRefresh.RunAsync([target], progress.Step, cancellationToken);
            return await ResultAsync(target, changed, time.GetElapsedTime(started), cancellationToken);
        }
        finally
        {
            if (target.State == System.Data.ConnectionState.Open)
                await PausedPolicies.RestoreAsync(target, CancellationToken.None);
        }
    }

    /// <summary>The move to go on from.</summary>
    /// <exception cref="RefusedException">There is none, it is not finished, or the cutover has been.</exception>
    public static async Task<MigrationRun> RequireCopyAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        var run = await MigrationRun.FindAsync(target, cancellationToken);
        if (run?.CopiedAt is null)
            throw new RefusedException("There is no finished copy to go on from. Run copy first.");
        if (run.CutoverAt is { } cutover)
            throw new RefusedException(
                $"The cutover was at {cutover:u}: since then the target takes samples that the original lacks, and a pass would remove them. "
                + "To go back, see rollback --reverse-sync.");
        return run;
    }

    private async Task CopyAsync(
        OriginalSnapshot snapshot, OriginalDatabase original, SampleQuery query, MigrationRun run, NpgsqlConnection target,
        TargetAbilities abilities, IReadOnlyList<SourceWindow> changed, CancellationToken cancellationToken)
    {
        var instances = await CopyRunner.InstancesAsync(target, cancellationToken);
        var rules = run.Rules(instances);
        var reader = new OriginalReader(snapshot.Connection, query, run.Earliest, run.Latest);
        var copy = new WindowCopy(target, reader, rules, abilities, original.Samples.Name, directBefore: DateTime.MinValue);
        progress.Start(changed.Sum(w => w.Rows), 0);
        foreach (var window in changed)
        {
            await copy.CopyAsync(window, replace: true, cancellationToken);
            progress.Add(window.Rows);
        }
        progress.Stop();
    }

    private async Task<CatchUpPass> ResultAsync(
        NpgsqlConnection target, IReadOnlyList<SourceWindow> changed, TimeSpan duration, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT coalesce(sum(moved_rows), 0)::int8, coalesce(sum(quarantined_rows), 0)::int8,
                   (SELECT "timestamp" FROM resource_usage ORDER BY "timestamp" DESC LIMIT 1)
            FROM migration_windows
            """, target);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new(
            changed.Count, changed.Sum(w => w.Rows), reader.GetInt64(0), reader.GetInt64(1),
            reader.IsDBNull(2) ? null : time.GetUtcNow().UtcDateTime - reader.GetDateTime(2), duration);
    }
}
