using System.Globalization;
using System.Numerics;
using LaunchStack.Usage;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Operations.Backups.Figures;

/// <summary>
/// Reads <see cref="DatabaseFigures"/>. A checksum is the sum of 64-bit hashes of the rows as text, so that order does not matter and
/// a row more, less or other does.
/// </summary>
internal sealed class FiguresReader(NpgsqlConnection connection)
{
    /// <summary>What a row's text depends on, and no limits: this takes as long as it takes.</summary>
    public const string SessionSettings =
        "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1; SET statement_timeout = 0; "
        + "SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0";

    private const string ChecksumOf = "count(*), coalesce(sum(hashtextextended((r.*)::text, 0)::numeric), 0)::text";

    // Days of samples; of rollups their chunks.
    private static readonly (string Relation, string Column, TimeSpan Window)[] Windowed =
    [
        ("resource_usage", "timestamp", TimeSpan.FromDays(1)),
        .. Rollup.All.Select(r => (r.Name, "bucket", r.Chunk)),
    ];

    // The embedded database has one session: an hour of a thousand instances is 360,000 rows, a second or two.
    private static readonly TimeSpan SharedSessionStep = TimeSpan.FromHours(1);

    /// <param name="cutoff">
    /// Given where the copy is made of a database that goes on: then samples are compared as they stood at that moment, and rollups only
    /// where nothing changes them any more.
    /// </param>
    /// <param name="progress">Told of each window.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<DatabaseFigures> ReadAsync(DateTimeOffset? cutoff, Action<string>? progress, CancellationToken cancellationToken)
    {
        var versions = (await connection.QueryAsync(
            """
            SELECT current_setting('server_version'), (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
                   (SELECT max(scriptname) FROM schema_versions),
                   (SELECT count(*) FROM timescaledb_information.chunks WHERE is_compressed)
            """,
            row => (Postgres: row.GetString(0), Timescale: row.GetString(1), Schema: row.GetString(2), Compressed: row.GetInt64(3)), cancellationToken))[0];
        var windows = new List<WindowFigures>();
        foreach (var (relation, column, width) in Windowed)
        {
            foreach (var (from, to) in await WindowsAsync(relation, width, cutoff is not null, cancellationToken))
            {
                progress?.Invoke($"{relation} {from:yyyy-MM-dd}");
                windows.Add(await WindowAsync(new(relation, from, to, 0, ""), cutoff, cancellationToken));
            }
        }
        return new(
            versions.Postgres, versions.Timescale, versions.Schema, cutoff, await RelationsAsync(cancellationToken), windows, await JobsAsync(cancellationToken),
            await connection.QueryAsync("SELECT job_id FROM timescaledb_information.jobs WHERE NOT scheduled", row => row.GetInt32(0), cancellationToken), versions.Compressed);
    }

    /// <summary>The same window as it is here.</summary>
    public async Task<WindowFigures> WindowAsync(WindowFigures window, DateTimeOffset? cutoff, CancellationToken cancellationToken)
    {
        var isSamples = window.Relation == "resource_usage";
        var source = cutoff is { } at && isSamples ? $"resource_usage_as_of('{at:O}')" : window.Relation;
        var column = isSamples ? "timestamp" : "bucket";
        var (rows, checksum) = (0L, BigInteger.Zero);
        foreach (var step in new TimeWindow(window.From, window.To).Split(cutoff is not null && isSamples ? SharedSessionStep : window.To - window.From))
        {
            var (count, sum) = (await connection.QueryAsync(
                $"""SELECT {ChecksumOf} FROM (SELECT * FROM {source} WHERE "{column}" >= $1 AND "{column}" < $2) r""",
                row => (row.GetInt64(0), BigInteger.Parse(row.GetString(1), CultureInfo.InvariantCulture)), cancellationToken,
                step.From.UtcDateTime, step.To.UtcDateTime))[0];
            rows += count;
            checksum += sum;
        }
        return window with { Rows = rows, Checksum = checksum.ToString(CultureInfo.InvariantCulture) };
    }

    /// <summary>All tables of our own; not those whose rows have windows.</summary>
    public async Task<IReadOnlyList<RelationFigures>> RelationsAsync(CancellationToken cancellationToken)
    {
        var names = await connection.QueryAsync(
            """
            SELECT format('%I', c.relname) FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'resource_usage' ORDER BY c.relname
            """,
            row => row.GetString(0), cancellationToken);
        var relations = new List<RelationFigures>();
        foreach (var name in names)
        {
            relations.Add((await connection.QueryAsync(
                $"SELECT {ChecksumOf} FROM {name} r",
                row => new RelationFigures(name, row.GetInt64(0), row.GetInt64(0), row.GetString(1)), cancellationToken))[0]);
        }
        return relations;
    }

    /// <summary>Jobs as texts that are the same wherever the database lies.</summary>
    public async Task<IReadOnlyList<string>> JobsAsync(CancellationToken cancellationToken) => await connection.QueryAsync(
        """
        SELECT format('%s %s every %s, %s', job_id, proc_name, schedule_interval, coalesce(config::text, '{}'))
        FROM timescaledb_information.jobs WHERE job_id >= 1000 ORDER BY job_id
        """,
        row => row.GetString(0), cancellationToken);

    // Windows that touch a chunk. Where the database goes on, a rollup is left out where its finer level still exists and may change it.
    private async Task<IReadOnlyList<TimeWindow>> WindowsAsync(string relation, TimeSpan width, bool goesOn, CancellationToken cancellationToken)
    {
        var chunks = await connection.QueryAsync(
            """
            SELECT c.range_start, c.range_end FROM timescaledb_information.chunks c
            LEFT JOIN timescaledb_information.continuous_aggregates v ON v.materialization_hypertable_name = c.hypertable_name
            WHERE coalesce(v.view_name, c.hypertable_name) = $1 AND coalesce(v.view_schema, c.hypertable_schema) = 'public'
            """,
            row => new TimeWindow(row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateTimeOffset>(1)), cancellationToken, relation);
        var until = DateTimeOffset.MaxValue;
        if (goesOn && Rollup.All.FirstOrDefault(rollup => rollup.Name == relation) is { } level)
            until = await connection.ScalarAsync<DateTime?>(
                "SELECT dropped_before FROM retention_progress WHERE relation = $1", cancellationToken, level.Source) ?? DateTimeOffset.MinValue;
        return TimeWindow.Merge(chunks.Select(chunk => chunk.Widen(width))).SelectMany(window => window.Split(width)).Where(window => window.To <= until).ToList();
    }
}
