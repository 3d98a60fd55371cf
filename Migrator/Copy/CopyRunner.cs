using System.Collections.Concurrent;
using LaunchStack.Migrator.Schema;
using LaunchStack.Migrator.Source;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Copy;

/// <summary>
/// Moves the original into the target. Every step leaves its mark in the target in the transaction that does it, so the same
/// call goes on after a crash at any point, and does nothing when all is done.
/// </summary>
internal sealed class CopyRunner(string sourceConnectionString, string targetConnectionString, ILogger logger, TimeProvider time, CopyProgress progress)
{
    public const string UniqueKey = "resource_usage_instance_id_timestamp_key";

    private readonly string targetString = DatabaseConnection.Prepare(targetConnectionString);

    public async Task<CopyResult> RunAsync(CopyOptions options, LifecycleOptions lifecycle, CancellationToken cancellationToken)
    {
        using var activity = SchemaMigration.Source.StartActivity("migration.copy");
        var started = time.GetTimestamp();
        await using var snapshot = await OriginalSnapshot.TakeAsync(sourceConnectionString, logger, cancellationToken);
        var original = await OriginalDatabase.DetectAsync(snapshot.Connection, cancellationToken);
        await using var target = await DatabaseConnection.OpenAsync(targetString, logger, time, cancellationToken);
        await using var turn = await MigrationLock.TakeAsync(target, time, cancellationToken);
        var abilities = await TargetAbilities.FindAsync(target, cancellationToken);
        if (!options.DirectCompress)
            abilities = abilities with { DirectCompress = false };
        // Refuses before anything is written.
        await SampleExtras.FindAsync(target, original.Samples, abilities.Copy, cancellationToken);
        var run = await MigrationRun.FindOrStartAsync(
            target, original, options.QuarantineDeleted, abilities.Copy, time.GetUtcNow().UtcDateTime, cancellationToken);
        if (run.CutoverAt is { } cutover)
            throw new RefusedException($"The cutover was at {cutover:u}: the target goes its own way since then. To go back, see rollback --reverse-sync; to move again, use an empty target.");
        await PausedPolicies.PauseAsync(target, cancellationToken);
        try
        {
            return await MoveAsync(snapshot, original, target, run, abilities, options, lifecycle, started, cancellationToken);
        }
        finally
        {
            if (target.State == System.Data.ConnectionState.Open)
                await PausedPolicies.RestoreAsync(target, CancellationToken.None);
        }
    }

    private async Task<CopyResult> MoveAsync(
        OriginalSnapshot snapshot, OriginalDatabase original, NpgsqlConnection target, MigrationRun run, TargetAbilities abilities,
        CopyOptions options, LifecycleOptions lifecycle, long started, CancellationToken cancellationToken)
    {
        var tables = new List<TableCounts>();
        foreach (var relation in original.Relations)
        {
            progress.Step($"copying {relation.Name}");
            tables.Add(await new RelationCopy(snapshot.Connection, target).RunAsync(relation, again: false, cancellationToken));
        }

        progress.Step("looking which times lie where");
        await Deadlock.RetryAsync(() => SampleExtras.AddAsync(target, original.Samples, cancellationToken));
        var query = new SampleQuery(original.Samples, await SampleExtras.FindAsync(target, original.Samples, abilities.Copy, cancellationToken));
        var scan = await SourceScan.RunAsync(snapshot, query, run.Earliest, run.Latest, cancellationToken);
        var windows = scan.Windows(run.ChunkInterval, await KnownWindowsAsync(target, cancellationToken));
        await AddWindowsAsync(target, windows, cancellationToken);
        var pending = await PendingAsync(target, windows, cancellationToken);

        if (run.Bulk && run.CopiedAt is null && pending.Count > 0)
        {
            await Deadlock.RetryAsync(() => RollupsAside.DropAsync(target, cancellationToken));
            await Deadlock.RetryAsync(() => target.ExecuteAsync($"ALTER TABLE resource_usage DROP CONSTRAINT IF EXISTS {UniqueKey}", cancellationToken));
        }

        progress.Start(scan.Rows, scan.Rows - pending.Sum(w => w.Rows));
        await CopyWindowsAsync(snapshot, query, target, original.Samples.Name, run, abilities, options, lifecycle, pending, cancellationToken);
        progress.Stop();

        await RestoreKeyAsync(target, cancellationToken);
        await Deadlock.RetryAsync(() => RollupsAside.RestoreAsync(target, lifecycle, cancellationToken));
        await RollUpAsync(target, abilities.Copy && options.Workers > 1, cancellationToken);
        await target.ExecuteAsync("UPDATE migration_runs SET copied_at = coalesce(copied_at, now())", cancellationToken);
        return await ResultAsync(target, original, tables, time.GetElapsedTime(started), cancellationToken);
    }

    private async Task RollUpAsync(NpgsqlConnection target, bool twoAtOnce, CancellationToken cancellationToken)
    {
        if (!twoAtOnce)
        {
            await RollupRefresh.RunAsync([target], progress.Step, cancellationToken);
            return;
        }

        await using var second = await DatabaseConnection.OpenAsync(targetString, logger, time, cancellationToken);
        await RollupRefresh.RunAsync([target, second], progress.Step, cancellationToken);
    }

    private async Task CopyWindowsAsync(
        OriginalSnapshot snapshot, SampleQuery query, NpgsqlConnection target, string sampleTable, MigrationRun run, TargetAbilities abilities,
        CopyOptions options, LifecycleOptions lifecycle, IReadOnlyList<SourceWindow> pending, CancellationToken cancellationToken)
    {
        var instances = await InstancesAsync(target, cancellationToken);
        var rules = run.Rules(instances);
        var now = time.GetUtcNow().UtcDateTime;
        var compressBefore = now - lifecycle.CompressAfter;

        // A chunk belongs to one worker: two that compress into the same one would wait for each other.
        var chunks = new ConcurrentQueue<SourceWindow[]>(pending
            .GroupBy(w => w.IsOutside ? w.Start : SourceScan.ChunkStart(w.Start, run.ChunkInterval))
            .OrderByDescending(g => g.Key).Select(g => g.ToArray()));
        var workers = abilities.Copy ? Math.Max(1, Math.Min(options.Workers, chunks.Count)) : 1;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, workers).Select(async _ =>
        {
            try
            {
                await using var reading = await snapshot.OpenAsync(stop.Token);
                await using var writing = await DatabaseConnection.OpenAsync(targetString, logger, time, stop.Token);
                var copy = new WindowCopy(
                    writing, new OriginalReader(reading, query, run.Earliest, run.Latest), rules, abilities, sampleTable,
                    directBefore: run.Bulk ? SourceScan.ChunkStart(now, run.ChunkInterval) : DateTime.MinValue);
                while (chunks.TryDequeue(out var chunk))
                {
                    foreach (var window in chunk)
                    {
                        await copy.CopyAsync(window, replace: false, stop.Token);
                        progress.Add(window.Rows);
                    }

                    await CompressAsync(writing, chunk, compressBefore, progress.Step, stop.Token);
                }
            }
            catch
            {
                // One worker's failure is the run's: the others stop at their next statement.
                await stop.CancelAsync();
                throw;
            }
        }));
    }

    /// <summary>Chunk by chunk, so that the disk never holds more than a few of them uncompressed.</summary>
    private static async Task CompressAsync(
        NpgsqlConnection target, SourceWindow[] windows, DateTime before, Action<string> say, CancellationToken cancellationToken)
    {
        if (windows[0].IsOutside)
            return;
        var chunks = new List<string>();
        await using (var command = new NpgsqlCommand(
            """
            SELECT format('%I.%I', chunk_schema, chunk_name), is_compressed FROM timescaledb_information.chunks
            WHERE hypertable_schema = 'public' AND hypertable_name = 'resource_usage' AND range_start < $2 AND range_end > $1 AND range_end <= $3
            """, target))
        {
            command.Parameters.AddRange(new[] { windows[0].Start, windows[^1].End, before }
                .Select(t => new NpgsqlParameter { Value = t, NpgsqlDbType = NpgsqlDbType.TimestampTz }).ToArray());
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                if (!reader.GetBoolean(1))
                    chunks.Add(reader.GetString(0));
            }
        }

        foreach (var chunk in chunks)
        {
            try
            {
                await target.ExecuteAsync("SELECT compress_chunk($1::text::regclass, if_not_compressed => true)", cancellationToken, chunk);
            }
            catch (PostgresException error) when (TooLarge.IsMeantBy(error))
            {
                say($"{chunk} stays uncompressed: its values are too large for that ({error.MessageText})");
            }
        }
    }

    /// <summary>
    /// The key does not look at rows that are compressed already. Windows do not overlap and duplicates are taken out of each, so
    /// the samples are unique when there are as many as were sent; when not, somebody else has written, and they are compared.
    /// </summary>
    private async Task RestoreKeyAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        if (await target.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_constraint WHERE conname = $1)", cancellationToken, UniqueKey))
            return;
        progress.Step("proving that no sample is there twice");
        var asSent = await target.ScalarAsync<bool>(
            "SELECT (SELECT count(*) FROM resource_usage) = (SELECT coalesce(sum(moved_rows), 0) FROM migration_windows WHERE done)", cancellationToken);
        var twice = asSent ? 0 : await target.ScalarAsync<long>(
            "SELECT count(*) FROM (SELECT FROM resource_usage GROUP BY instance_id, \"timestamp\" HAVING count(*) > 1) d", cancellationToken);
        if (twice > 0)
            throw new InvalidOperationException($"{twice} samples stand in the target more than once. Start again in an empty target.");
        progress.Step("building the unique index");
        await target.ExecuteAsync($"ALTER TABLE resource_usage ADD CONSTRAINT {UniqueKey} UNIQUE (instance_id, \"timestamp\")", cancellationToken);
    }

    internal static async Task<HashSet<Guid>> InstancesAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        var instances = new HashSet<Guid>();
        await using var command = new NpgsqlCommand("SELECT id FROM instances", target);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            instances.Add(reader.GetGuid(0));
        return instances;
    }

    internal static async Task<List<(DateTime Start, DateTime End)>> KnownWindowsAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        var windows = new List<(DateTime, DateTime)>();
        await using var command = new NpgsqlCommand("SELECT window_start, window_end FROM migration_windows ORDER BY window_start", target);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            windows.Add((reader.GetDateTime(0), reader.GetDateTime(1)));
        return windows;
    }

    internal static async Task AddWindowsAsync(NpgsqlConnection target, IReadOnlyList<SourceWindow> windows, CancellationToken cancellationToken)
    {
        await using var insert = new NpgsqlCommand(
            "INSERT INTO migration_windows (window_start, window_end) SELECT * FROM unnest($1, $2) ON CONFLICT DO NOTHING", target)
        {
            Parameters =
            {
                new() { Value = windows.Select(w => w.Start).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                new() { Value = windows.Select(w => w.End).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
            },
        };
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<List<SourceWindow>> PendingAsync(
        NpgsqlConnection target, IReadOnlyList<SourceWindow> windows, CancellationToken cancellationToken)
    {
        var pending = new HashSet<DateTime>();
        await using var command = new NpgsqlCommand("SELECT window_start FROM migration_windows WHERE NOT done", target);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            pending.Add(reader.GetDateTime(0));
        return [.. windows.Where(w => pending.Contains(w.Start))];
    }

    private static async Task<CopyResult> ResultAsync(
        NpgsqlConnection target, OriginalDatabase original, List<TableCounts> tables, TimeSpan duration, CancellationToken cancellationToken)
    {
        var roads = new Dictionary<string, long>();
        long source = 0, moved = 0, quarantined = 0, redated = 0;
        await using var command = new NpgsqlCommand(
            """
            SELECT write_method, count(*), sum(source_rows)::int8, sum(moved_rows)::int8, sum(quarantined_rows)::int8, sum(redated_rows)::int8
            FROM migration_windows WHERE done GROUP BY write_method
            """, target);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            roads[reader.GetString(0)] = reader.GetInt64(1);
            source += reader.GetInt64(2);
            moved += reader.GetInt64(3);
            quarantined += reader.GetInt64(4);
            redated += reader.GetInt64(5);
        }

        return new(original.Generation, [.. tables, new(original.Samples.Name, source, moved, quarantined)], roads, redated, duration);
    }
}
