using LaunchStack.Operations.Backups.Figures;
using LaunchStack.Usage;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Operations.Backups.Drills;

/// <summary>
/// Proves that a restored database holds what its manifest says and works: schema, tables, every window, every bucket of the rollups
/// against its finer level, compressed rows, jobs, one of them run, one row written and read. It leaves the rows as they are.
/// </summary>
internal sealed class DataProof(NpgsqlConnection connection, DatabaseFigures wanted, List<Finding> findings, Action<string> progress)
{
    private const int MaxFindings = 200;

    /// <summary>Windows compared.</summary>
    public long Windows { get; private set; }

    /// <summary>Buckets of rollups compared.</summary>
    public long Buckets { get; private set; }

    /// <summary>Adds to the findings what is wrong.</summary>
    /// <param name="currentSchema">Schema of the system that would run on it; null: not known.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task RunAsync(string? currentSchema, CancellationToken cancellationToken)
    {
        // What it writes can be written again.
        await connection.ExecuteAsync("SET synchronous_commit = off", cancellationToken);
        await StepAsync("schema_versions", SchemaAsync);
        await StepAsync("tables", async () => Add(FiguresComparison.OfRelations(wanted.Relations, await new FiguresReader(connection).RelationsAsync(cancellationToken))));
        await StepAsync("windows", () => WindowsAsync(cancellationToken));
        await StepAsync("compressed chunks", CompressedAsync);
        await StepAsync("jobs", JobsAsync);
        foreach (var rollup in Rollup.All)
            await StepAsync(rollup.Name, () => RollupAsync(rollup, cancellationToken));
        await StepAsync("resource_usage", WriteAsync);

        async Task SchemaAsync()
        {
            var schema = await connection.ScalarAsync<string>("SELECT max(scriptname) FROM schema_versions", cancellationToken);
            if (schema != wanted.Schema)
                findings.Add(new("schema_versions", $"is at {schema ?? "nothing"}, should be at {wanted.Schema}"));
            if (currentSchema is not null && currentSchema != wanted.Schema)
                findings.Add(new("schema_versions", $"the backup is of schema {wanted.Schema}, this system runs on {currentSchema}: run the migrator after restoring it"));
        }

        async Task CompressedAsync()
        {
            var compressed = await connection.ScalarAsync<long>("SELECT count(*) FROM timescaledb_information.chunks WHERE is_compressed", cancellationToken);
            if (wanted.Cutoff is null ? compressed != wanted.CompressedChunks : compressed < wanted.CompressedChunks)
                findings.Add(new("compressed chunks", $"{compressed} are there, should be {wanted.CompressedChunks}"));
        }

        async Task JobsAsync()
        {
            var jobs = await new FiguresReader(connection).JobsAsync(cancellationToken);
            findings.AddRange(wanted.Jobs.Except(jobs).Select(job => new Finding("jobs", $"job {job} is missing or other")));
            // A refresh: it does what it does in every system, and drops nothing. The coarsest, since a policy commits bucket by bucket:
            // of 5 minutes a backlog of ten days is 2,880 commits.
            var refresh = await connection.ScalarAsync<int?>(
                """
                SELECT job_id FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate'
                ORDER BY schedule_interval DESC, job_id DESC LIMIT 1
                """, cancellationToken);
            if (refresh is { } job)
                await connection.ExecuteAsync("CALL run_job($1)", cancellationToken, job);
            else
                findings.Add(new("jobs", "there is no refresh policy to run"));
        }

        async Task WriteAsync()
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var instance = Guid.NewGuid();
            await connection.ExecuteAsync("INSERT INTO resource_usage (instance_id, \"timestamp\", cpu_usage) VALUES ($1, now(), 1)", cancellationToken, instance);
            if (await connection.ScalarAsync<long>("SELECT count(*) FROM resource_usage WHERE instance_id = $1", cancellationToken, instance) != 1)
                findings.Add(new("resource_usage", "a row that was written is not read"));
            await transaction.RollbackAsync(cancellationToken);
        }
    }

    // One relation that cannot be read must not hide what is wrong with the others.
    private async Task StepAsync(string relation, Func<Task> step)
    {
        progress(relation);
        try
        {
            await step();
        }
        catch (PostgresException e)
        {
            findings.Add(new(relation, $"{e.MessageText} (SQLSTATE {e.SqlState})"));
        }
    }

    private void Add(IEnumerable<Finding> found) => findings.AddRange(found.Take(MaxFindings - Math.Min(MaxFindings, findings.Count)));

    private async Task WindowsAsync(CancellationToken cancellationToken)
    {
        var reader = new FiguresReader(connection);
        foreach (var window in wanted.Windows)
        {
            Windows++;
            try
            {
                Add(FiguresComparison.OfWindow(window, await reader.WindowAsync(window, wanted.Cutoff, cancellationToken)) is { } finding ? [finding] : []);
            }
            catch (PostgresException e)
            {
                Add([new(window.Relation, $"{e.MessageText} (SQLSTATE {e.SqlState})", window.From, window.To)]);
            }
        }
    }

    /// <summary>
    /// What was invalid when the backup was made is refreshed first, as the policy would have done; a refresh touches nothing else. Where
    /// the finer level has been dropped there is nothing to compare with, and the window's checksum has to do.
    /// </summary>
    private async Task RollupAsync(Rollup rollup, CancellationToken cancellationToken)
    {
        if (await RollupComparison.FindAsync(connection, rollup.Name, cancellationToken) is not { } comparison)
        {
            findings.Add(new(rollup.Name, "is missing"));
            return;
        }

        var bounds = (await connection.QueryAsync(
            """
            SELECT greatest((SELECT min(c.range_start) FROM timescaledb_information.chunks c
                             LEFT JOIN timescaledb_information.continuous_aggregates f ON f.materialization_hypertable_name = c.hypertable_name
                             WHERE coalesce(f.view_name, c.hypertable_name) = $2),
                            (SELECT dropped_before FROM retention_progress WHERE relation = $2)),
                   nullif(greatest(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(a.mat_hypertable_id)), '0001-01-02Z'), '0001-01-02Z')
            FROM _timescaledb_catalog.continuous_agg a WHERE a.user_view_schema = 'public' AND a.user_view_name = $1
            """,
            row => (From: row.Value<DateTimeOffset>(0), Watermark: row.Value<DateTimeOffset>(1)), cancellationToken, rollup.Name, rollup.Source))[0];
        if (bounds is not { From: { } from, Watermark: { } watermark } || from >= watermark)
            return;

        from = TimeBucket.Ceiling(from, rollup.Bucket);
        if (watermark - from >= rollup.Bucket)
            await connection.RefreshAsync(rollup, from.UtcDateTime, watermark.UtcDateTime, cancellationToken);
        foreach (var window in new TimeWindow(from, watermark).Split(rollup.Step * 8))
        {
            progress($"{rollup.Name} {window.From:yyyy-MM-dd}");
            await CompareAsync(rollup, comparison, window, cancellationToken);
        }
    }

    private async Task CompareAsync(Rollup rollup, RollupComparison comparison, TimeWindow window, CancellationToken cancellationToken)
    {
        var (buckets, different, first, instance) = (await connection.QueryAsync(
            $"""
            SELECT count(*), count(*) FILTER (WHERE d), min(b) FILTER (WHERE d), (array_agg(i ORDER BY b) FILTER (WHERE d))[1] FROM (
              SELECT coalesce(e.bucket, f.bucket) AS b, coalesce(e.instance_id, f.instance_id) AS i, {comparison.Differs} AS d
              FROM {comparison.Sides("bucket >= $1 AND bucket < $2")}) c
            """,
            row => (row.GetInt64(0), row.GetInt64(1), row.Value<DateTimeOffset>(2), row.Value<Guid>(3)), cancellationToken,
            window.From.UtcDateTime, window.To.UtcDateTime))[0];
        Buckets += buckets;
        if (different > 0)
            Add([new(rollup.Name, $"{different} of {buckets} buckets differ from {rollup.Source}, the first of instance {instance} at {first:u}", window.From, window.To)]);
    }
}
