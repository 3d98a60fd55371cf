using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Schema;
using LaunchStack.Usage.Samples;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Ledger;

/// <summary>The move as the target has it written down: <c>migration_runs</c>, <c>migration_tables</c> and <c>migration_windows</c>.</summary>
internal sealed class MigrationLedger(NpgsqlConnection target)
{
    /// <summary>The move into this target; null without one, also where the schema is missing or too old for it.</summary>
    /// <exception cref="RefusedException">The tables are somebody else's: what stands in them may not be seen.</exception>
    public async Task<MigrationRun?> FindRunAsync(CancellationToken cancellationToken)
    {
        await TargetOwner.RequireAsync(target, cancellationToken);
        if (!await target.ScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'migration_runs' AND column_name = 'cutover_at')",
            cancellationToken))
            return null;
        // returned_at: a way back may meet a target of an older schema.
        var runs = await target.QueryAsync(
            """
            SELECT source, coalesce(samples_schema, 'public'), coalesce(samples_table, 'resource_usages'), generation, soft_deleted, chunk_interval, bulk,
                   copied_at, verified_at, cutover_at, (to_jsonb(r) ->> 'returned_at')::timestamptz FROM public.migration_runs r
            """,
            r => new MigrationRun(
                r.GetString(0), (r.GetString(1), r.GetString(2)), r.GetInt32(3), r.GetString(4) == "quarantine", r.GetTimeSpan(5), r.GetBoolean(6),
                r.Value<DateTime>(7), r.Value<DateTime>(8), r.Value<DateTime>(9), r.Value<DateTime>(10)),
            cancellationToken);
        return runs.SingleOrDefault();
    }

    public Task<DateTime> StartedAtAsync(CancellationToken cancellationToken) =>
        target.ScalarAsync<DateTime>("SELECT started_at FROM migration_runs", cancellationToken);

    /// <param name="run">The move.</param>
    /// <param name="latest">Samples from it on are quarantined.</param>
    /// <param name="cancellationToken">Stops.</param>
    public Task StartRunAsync(MigrationRun run, DateTime latest, CancellationToken cancellationToken) => target.ExecuteAsync(
        """
        INSERT INTO migration_runs (source, generation, soft_deleted, chunk_interval, earliest, latest, bulk, samples_schema, samples_table)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """, cancellationToken, run.Source, run.Generation, run.QuarantineDeleted ? "quarantine" : "move",
        new NpgsqlParameter { Value = run.ChunkInterval, NpgsqlDbType = NpgsqlDbType.Interval }, LegacySampleRules.Earliest, latest, run.Bulk,
        run.Samples.Schema, run.Samples.Table);

    public Task MarkCopiedAsync(CancellationToken cancellationToken) =>
        target.ExecuteAsync("UPDATE migration_runs SET copied_at = now() WHERE copied_at IS NULL", cancellationToken);

    /// <summary>Another one after each pass that has changed something.</summary>
    public async Task<(string Version, string OpenSince)> VersionAsync(CancellationToken cancellationToken) => (await target.QueryAsync(
        "SELECT xmin::text, pg_snapshot_xmin(pg_current_snapshot())::text FROM migration_runs", r => (r.GetString(0), r.GetString(1)), cancellationToken))[0];

    /// <summary>What is there was found to match; false where that is of another version than <paramref name="seen"/>.</summary>
    public async Task<bool> MarkVerifiedAsync((string Version, string OpenSince) seen, CancellationToken cancellationToken) =>
        await target.ExecuteAsync(
            "UPDATE migration_runs SET verified_at = now(), verified_from = $2::text::xid8 WHERE xmin::text = $1", cancellationToken, seen.Version, seen.OpenSince) > 0;

    /// <summary>What is there is not, or no more, known to match.</summary>
    public Task MarkUnverifiedAsync(CancellationToken cancellationToken) =>
        target.ExecuteAsync("UPDATE migration_runs SET verified_at = NULL", cancellationToken);

    public Task<DateTime> MarkCutoverAsync(CancellationToken cancellationToken) =>
        target.ScalarAsync<DateTime>("UPDATE migration_runs SET cutover_at = now() RETURNING cutover_at", cancellationToken);

    /// <summary>The original holds all that the target holds.</summary>
    /// <param name="there">What the original holds.</param>
    /// <param name="here">What the target holds.</param>
    /// <param name="cancellationToken">Stops.</param>
    public Task MarkReturnedAsync(string there, string here, CancellationToken cancellationToken) => target.ExecuteAsync(
        "UPDATE migration_runs SET returned_at = now(), returned_original = $1, returned_target = $2", cancellationToken, there, here);

    /// <summary>The original is about to be written to.</summary>
    /// <exception cref="RefusedException">There is no place for the mark.</exception>
    public async Task MarkNotReturnedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await target.ExecuteAsync("UPDATE migration_runs SET returned_at = NULL", cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.UndefinedColumn)
        {
            throw new RefusedException(
                "The target's schema is older than this migrator. Nothing was written. Run the migrator without a verb and without ConnectionStrings__original, "
                + "then rollback --reverse-sync again.", error);
        }
    }

    /// <summary>What both sides held when the way back was complete.</summary>
    public async Task<(string There, string Here)> ReturnedAsync(CancellationToken cancellationToken) => (await target.QueryAsync(
        "SELECT returned_original, returned_target FROM migration_runs", r => (r.GetString(0), r.GetString(1)), cancellationToken))[0];

    public Task<List<TableCounts>> TablesAsync(CancellationToken cancellationToken) => target.QueryAsync(
        "SELECT table_name, source_rows, moved_rows, quarantined_rows FROM migration_tables ORDER BY table_name <> 'users', table_name",
        r => new TableCounts(r.GetString(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3)), cancellationToken);

    /// <param name="counts">The table's books.</param>
    /// <param name="schema">Where the original has it.</param>
    /// <param name="cancellationToken">Stops.</param>
    public Task RecordTableAsync(TableCounts counts, string schema, CancellationToken cancellationToken) => target.ExecuteAsync(
        """
        INSERT INTO migration_tables (table_name, source_schema, source_rows, moved_rows, quarantined_rows) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (table_name) DO UPDATE SET source_schema = $2, source_rows = $3, moved_rows = $4, quarantined_rows = $5, copied_at = now()
        """, cancellationToken, counts.Table, schema, counts.SourceRows, counts.MovedRows, counts.QuarantinedRows);

    /// <summary>Where the original has each of the tables, as far as that is known.</summary>
    public async Task<Dictionary<string, string>> SchemasAsync(CancellationToken cancellationToken) => (await target.QueryAsync(
        "SELECT table_name, coalesce(source_schema, 'public') FROM migration_tables", r => (r.GetString(0), r.GetString(1)), cancellationToken))
        .ToDictionary(t => t.Item1, t => t.Item2);

    /// <summary>Keeps the ids of a table's rows: what goes from it later was deleted in the target.</summary>
    public Task KeepCutoverIdsAsync(string table, CancellationToken cancellationToken) => target.ExecuteAsync(
        $"UPDATE migration_tables SET cutover_ids = ARRAY(SELECT id FROM {table}) WHERE table_name = $1", cancellationToken, table);

    /// <summary>Also those of rows that a way back is about to bring to the original.</summary>
    public Task AddCutoverIdsAsync(string table, IReadOnlyList<Guid> ids, CancellationToken cancellationToken) => target.ExecuteAsync(
        "UPDATE migration_tables SET cutover_ids = ARRAY(SELECT unnest(cutover_ids) UNION SELECT unnest($2)) WHERE table_name = $1",
        cancellationToken, table, ids.ToArray());

    /// <summary>How many rows a table had at the cutover, with those that were brought back since.</summary>
    public Task<int> CutoverRowsAsync(string table, CancellationToken cancellationToken) => target.ScalarAsync<int>(
        "SELECT coalesce(cardinality(cutover_ids), 0) FROM migration_tables WHERE table_name = $1", cancellationToken, table);

    /// <summary>Which of these rows were among them, in order.</summary>
    public Task<List<Guid>> AtCutoverAsync(string table, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken) => target.QueryAsync(
        "SELECT unnest($2) INTERSECT SELECT unnest(cutover_ids) FROM migration_tables WHERE table_name = $1 ORDER BY 1",
        r => r.GetGuid(0), cancellationToken, table, ids.ToArray());

    /// <summary>Oldest first.</summary>
    public Task<List<LedgerWindow>> WindowsAsync(CancellationToken cancellationToken) => target.QueryAsync(
        "SELECT window_start, window_end, done, source_rows, source_version FROM migration_windows ORDER BY window_start",
        r => new LedgerWindow(
            r.GetDateTime(0), r.GetDateTime(1), r.GetBoolean(2), r.GetInt64(3), r.IsDBNull(4) ? null : r.GetDecimal(4)), cancellationToken);

    /// <summary>Enters those that are new.</summary>
    public Task AddWindowsAsync(IReadOnlyList<SourceWindow> windows, CancellationToken cancellationToken) =>
        windows.Count == 0 ? Task.CompletedTask : target.ExecuteAsync(
            "INSERT INTO migration_windows (window_start, window_end) SELECT * FROM unnest($1, $2) ON CONFLICT DO NOTHING",
            cancellationToken, Times(windows.Select(w => w.Start)), Times(windows.Select(w => w.End)));

    /// <summary>Takes a window for the caller's transaction; false when it is done already, or another migrator has it.</summary>
    public Task<bool> ClaimAsync(SourceWindow window, bool again, CancellationToken cancellationToken) => target.ScalarAsync<bool>(
        "SELECT true FROM migration_windows WHERE window_start = $1 AND ($2 OR NOT done) FOR UPDATE SKIP LOCKED",
        cancellationToken, window.Start, again);

    /// <summary>Whether a window is done, and which session has it.</summary>
    public async Task<(bool IsDone, int? Session)> HolderAsync(SourceWindow window, CancellationToken cancellationToken) => (await target.QueryAsync(
        """
        SELECT w.done, l.pid FROM migration_windows w
        LEFT JOIN pg_locks l ON l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.transactionid = w.xmax WHERE w.window_start = $1
        """, r => (r.GetBoolean(0), r.Value<int>(1)), cancellationToken, window.Start))[0];

    public Task CompleteAsync(CopiedWindow copied, CancellationToken cancellationToken) => target.ExecuteAsync(
        """
        UPDATE migration_windows SET done = true, rolled_up = false, source_rows = $2, moved_rows = $3, quarantined_rows = $4, write_method = $5,
               source_version = $6, redated_rows = $7, last_received_at = $8, copied_at = now()
        WHERE window_start = $1
        """, cancellationToken, copied.Window.Start, copied.SourceRows, copied.MovedRows, copied.QuarantinedRows, copied.Method, copied.Window.Version,
        copied.RedatedRows, Received(copied));

    /// <param name="added">What came into a done window, whose version is that of all its rows.</param>
    /// <param name="cancellationToken">Stops.</param>
    public Task ExtendAsync(CopiedWindow added, CancellationToken cancellationToken) => target.ExecuteAsync(
        """
        UPDATE migration_windows SET rolled_up = false, source_rows = source_rows + $2, moved_rows = moved_rows + $3, quarantined_rows = quarantined_rows + $4,
               source_version = $5, redated_rows = redated_rows + $6, last_received_at = greatest(last_received_at, $7), copied_at = now()
        WHERE window_start = $1
        """, cancellationToken, added.Window.Start, added.SourceRows, added.MovedRows, added.QuarantinedRows, added.Window.Version, added.RedatedRows,
        Received(added));

    /// <summary>Windows with samples of these instances are to be copied again.</summary>
    public Task InvalidateAsync(Guid[] instances, CancellationToken cancellationToken) => target.ExecuteAsync(
        """
        UPDATE migration_windows w SET source_version = NULL WHERE EXISTS (
          SELECT FROM resource_usage r WHERE r.instance_id = ANY($1) AND r."timestamp" >= w.window_start AND r."timestamp" < w.window_end)
        """, cancellationToken, instances);

    /// <summary>Windows with something of these spans are to be copied again.</summary>
    public Task InvalidateAsync(IReadOnlyCollection<(DateTime Start, DateTime End)> spans, CancellationToken cancellationToken) => target.ExecuteAsync(
        """
        UPDATE migration_windows w SET source_version = NULL
        FROM unnest($1, $2) s (from_time, to_time) WHERE w.window_start < s.to_time AND w.window_end > s.from_time
        """, cancellationToken, Times(spans.Select(s => s.Start)), Times(spans.Select(s => s.End)));

    /// <summary>Windows that were copied, and that the rollups lack, each with its samples.</summary>
    public Task<List<(DateTime Start, DateTime End, long Rows)>> ToRollUpAsync(CancellationToken cancellationToken) => target.QueryAsync(
        "SELECT window_start, window_end, moved_rows FROM migration_windows WHERE done AND NOT rolled_up AND isfinite(window_start)",
        r => (r.GetDateTime(0), r.GetDateTime(1), r.GetInt64(2)), cancellationToken);

    /// <summary>Windows with samples that were received then or later, by what the original says.</summary>
    public Task<List<(DateTime Start, DateTime End)>> ReceivedSinceAsync(DateTime time, CancellationToken cancellationToken) => target.QueryAsync(
        "SELECT window_start, window_end FROM migration_windows WHERE last_received_at >= $1 AND isfinite(window_start)",
        r => (r.GetDateTime(0), r.GetDateTime(1)), cancellationToken, time);

    public Task MarkRolledUpAsync(IEnumerable<DateTime> starts, CancellationToken cancellationToken) =>
        target.ExecuteAsync("UPDATE migration_windows SET rolled_up = true WHERE window_start = ANY($1)", cancellationToken, Times(starts));

    public async Task<LedgerTotals> TotalsAsync(CancellationToken cancellationToken) => (await target.QueryAsync(
        """
        SELECT count(*), count(*) FILTER (WHERE done), count(*) FILTER (WHERE done AND NOT rolled_up AND isfinite(window_start)),
               count(*) FILTER (WHERE done AND source_rows <> moved_rows + quarantined_rows), coalesce(sum(source_rows), 0)::int8,
               coalesce(sum(moved_rows), 0)::int8, coalesce(sum(quarantined_rows), 0)::int8, coalesce(sum(redated_rows), 0)::int8
        FROM migration_windows
        """,
        r => new LedgerTotals(
            r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4), r.GetInt64(5), r.GetInt64(6), r.GetInt64(7)),
        cancellationToken))[0];

    /// <summary>How many windows were written in which way.</summary>
    public async Task<Dictionary<string, long>> MethodsAsync(CancellationToken cancellationToken) =>
        (await target.QueryAsync(
            "SELECT write_method, count(*) FROM migration_windows WHERE done GROUP BY write_method", r => (r.GetString(0), r.GetInt64(1)), cancellationToken))
        .ToDictionary(m => m.Item1, m => m.Item2);

    /// <summary>Whether the hypertable holds as many samples as were sent there: then nobody else has written.</summary>
    public Task<bool> HoldsWhatWasSentAsync(CancellationToken cancellationToken) => target.ScalarAsync<bool>(
        "SELECT (SELECT count(*) FROM resource_usage) = (SELECT coalesce(sum(moved_rows), 0) FROM migration_windows WHERE done)", cancellationToken);

    private static NpgsqlParameter Received(CopiedWindow copied) => new()
    {
        Value = copied.LastReceived is { } last ? PostgresTime.ToDateTime(last) : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz,
    };

    private static NpgsqlParameter Times(IEnumerable<DateTime> times) =>
        new() { Value = times.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };
}
