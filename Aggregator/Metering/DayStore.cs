using System.Numerics;
using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Usage.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Metering;

/// <summary>Day lines in the database, and what of them is due.</summary>
internal sealed class DayStore(NpgsqlDataSource dataSource, MeteringClaim claim)
{
    // The day after a chunk counts too: a sample before midnight may hold into it. Without chunks in between, days are passed at once.
    // After a move metering begins with the month of the cutover: what was before has been billed elsewhere.
    private const string NextDaySql =
        """
        WITH due AS (
            SELECT coalesce(s.days_through + 1, (SELECT date_trunc('month', r.cutover_at AT TIME ZONE 'UTC')::date FROM migration_runs r), '0001-01-02') AS day
            FROM metering_state s)
        SELECT min(greatest((c.range_start AT TIME ZONE 'UTC')::date, due.day))
        FROM timescaledb_information.chunks c, due
        WHERE c.hypertable_schema = 'public' AND c.hypertable_name = 'resource_usage' AND (c.range_end AT TIME ZONE 'UTC')::date >= due.day
        """;

    private const string Computed = $"{UsageDay.Quantities}, samples, restarts, max_gap_ms, opening, closing, rows_sha256, digest, cutoff";

    // A changed day may change the next one (what its last sample holds after midnight), and the next one with a reading of a counter.
    // These rows are changes like any other: a crash between two lines loses none.
    private const string PropagateSql =
        """
        INSERT INTO usage_changes (instance_id, day, visible_at)
        SELECT c.id, $2 + 1, $3 FROM unnest($1) AS c(id), metering_state s WHERE $2 + 1 <= s.days_through
        UNION
        SELECT c.id, n.day, $3 FROM unnest($4) AS c(id) CROSS JOIN LATERAL (
            (SELECT d.day FROM usage_days d WHERE d.instance_id = c.id AND d.day > $2 AND d.closing LIKE 'in=%' ORDER BY d.day LIMIT 1)
            UNION
            (SELECT d.day FROM usage_days d WHERE d.instance_id = c.id AND d.day > $2 AND d.closing LIKE '%out=%' ORDER BY d.day LIMIT 1)) n
        ON CONFLICT DO NOTHING
        """;

    private static readonly string UpsertSql =
        $"""
        INSERT INTO usage_days AS d (instance_id, day, revision, {Computed})
        SELECT u.i, $1, u.r, u.c, u.m, u.k, u.n, u.o, u.v, u.w, u.s, u.t, u.g, u.p, u.l, u.h, u.x, $2
        FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) AS u(i, r, c, m, k, n, o, v, w, s, t, g, p, l, h, x)
        ON CONFLICT (instance_id, day, revision) DO UPDATE SET
            ({Computed}) = ({UsageDay.Of("excluded", Computed)})
            WHERE d.statement_id IS NULL
        """;

    /// <summary>The next day whose lines have never been computed; null: none before <paramref name="before"/>.</summary>
    public async Task<DateOnly?> NextDayAsync(DateOnly before, CancellationToken cancellationToken) =>
        await dataSource.QueryAsync(NextDaySql, row => row.Value<DateOnly>(0), cancellationToken) is [{ } day] && day < before ? day : null;

    /// <summary>Says that every instance has its line up to this day.</summary>
    public async Task PassAsync(DateOnly day, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await claim.BeginAsync(connection, cancellationToken);
        await connection.ExecuteAsync("UPDATE metering_state SET days_through = $1 WHERE days_through IS NULL OR days_through < $1", cancellationToken, day);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Instances that have a line on the day.</summary>
    public async Task<HashSet<Guid>> WithLineAsync(DateOnly day, CancellationToken cancellationToken) =>
        [.. await dataSource.QueryAsync("SELECT DISTINCT instance_id FROM usage_days WHERE day = $1", row => row.GetGuid(0), cancellationToken, day)];

    /// <summary>The oldest day with changes that the cutoff shows, and some of its instances; null: no change is left.</summary>
    public async Task<(DateOnly Day, Guid[] Instances)?> ChangedAsync(DateTime cutoff, int limit, CancellationToken cancellationToken)
    {
        if (await dataSource.QueryAsync(
            "SELECT min(day) FROM usage_changes WHERE visible_at <= $1", row => row.Value<DateOnly>(0), cancellationToken, cutoff) is not [{ } day])
            return null;
        return (day, [.. await dataSource.QueryAsync(
            "SELECT DISTINCT instance_id FROM usage_changes WHERE visible_at <= $1 AND day = $2 ORDER BY instance_id LIMIT $3",
            row => row.GetGuid(0), cancellationToken, cutoff, day, limit)]);
    }

    /// <summary>Takes changes away without a line: samples of that day are gone, so no line can be computed again.</summary>
    public async Task ForgetAsync(DateOnly day, Guid[] instances, DateTime cutoff, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await claim.BeginAsync(connection, cancellationToken);
        await SettleAsync(connection, day, instances, cutoff, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>
    /// Writes lines that differ from those that stand: in their place, or, where a statement holds them, as the next revision. Their
    /// changes are settled in the same transaction.
    /// </summary>
    /// <returns>How many differed.</returns>
    public async Task<int> WriteAsync(DateOnly day, IReadOnlyList<MeteredDay> lines, DateTime cutoff, CancellationToken cancellationToken)
    {
        var instances = lines.Select(line => line.Line.InstanceId).ToArray();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await claim.BeginAsync(connection, cancellationToken);
        var standing = await StandingAsync(connection, day, instances, cancellationToken);
        var changed = lines.Where(IsChanged).ToList();
        if (changed.Count > 0)
        {
            await UpsertAsync(connection, day, changed, standing, cutoff, cancellationToken);
            await connection.ExecuteAsync(
                PropagateSql, cancellationToken, Ids(changed), day, cutoff,
                Ids(changed.Where(line => Closing(line) != (Standing(line)?.Closing ?? ""))));
        }
        await SettleAsync(connection, day, instances, cutoff, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return changed.Count;

        // A line that never was and says nothing is none.
        bool IsChanged(MeteredDay line) => Standing(line) is { } old
            ? old.Digest != line.Line.Digest() : line.Line.Samples > 0 || line.Line.Quantities.CoveredMs > 0;

        StandingLine? Standing(MeteredDay line) => standing.GetValueOrDefault(line.Line.InstanceId);
    }

    private static async Task UpsertAsync(
        NpgsqlConnection connection, DateOnly day, List<MeteredDay> changed, Dictionary<Guid, StandingLine> standing, DateTime cutoff,
        CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(
            UpsertSql, cancellationToken, day, cutoff, Ids(changed),
            All(line => standing.TryGetValue(line.Line.InstanceId, out var old) ? old.Revision + (old.IsBilled ? 1 : 0) : 1, NpgsqlDbType.Integer),
            All(line => (BigInteger)line.Line.Quantities.CpuCoreNs, NpgsqlDbType.Numeric),
            All(line => (BigInteger)line.Line.Quantities.MemoryByteMs, NpgsqlDbType.Numeric),
            All(line => (BigInteger)line.Line.Quantities.DiskByteMs, NpgsqlDbType.Numeric),
            All(line => (BigInteger)line.Line.Quantities.NetworkInBytes, NpgsqlDbType.Numeric),
            All(line => (BigInteger)line.Line.Quantities.NetworkOutBytes, NpgsqlDbType.Numeric),
            All(line => line.Line.Quantities.CoveredMs, NpgsqlDbType.Bigint),
            All(line => line.Line.Quantities.UncoveredMs, NpgsqlDbType.Bigint),
            All(line => line.Line.Samples, NpgsqlDbType.Integer),
            All(line => line.Line.Restarts, NpgsqlDbType.Integer),
            All(line => line.Line.MaxGapMs, NpgsqlDbType.Bigint),
            All(line => line.Line.Opening, NpgsqlDbType.Text),
            All(Closing, NpgsqlDbType.Text),
            All(line => line.Line.RowsDigest, NpgsqlDbType.Text),
            All(line => line.Line.Digest(), NpgsqlDbType.Text));

        NpgsqlParameter All<T>(Func<MeteredDay, T> value, NpgsqlDbType type) => SqlExtensions.ArrayOf(changed.Select(value), type);
    }

    private static async Task<Dictionary<Guid, StandingLine>> StandingAsync(
        NpgsqlConnection connection, DateOnly day, Guid[] instances, CancellationToken cancellationToken) => (await connection.QueryAsync(
        """
        SELECT DISTINCT ON (instance_id) instance_id, revision, digest, closing, statement_id IS NOT NULL
        FROM usage_days WHERE day = $1 AND instance_id = ANY($2) ORDER BY instance_id, revision DESC
        """,
        row => (row.GetGuid(0), new StandingLine(row.GetInt32(1), row.GetString(2), row.GetString(3), row.GetBoolean(4))),
        cancellationToken, day, instances)).ToDictionary();

    private static Task<int> SettleAsync(NpgsqlConnection connection, DateOnly day, Guid[] instances, DateTime cutoff, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(
            "DELETE FROM usage_changes WHERE day = $1 AND visible_at <= $2 AND instance_id = ANY($3)", cancellationToken, day, cutoff, instances);

    private static string Closing(MeteredDay line) => new DayOpening(null, 0, line.LastIn, line.LastOut).ToString();

    private static Guid[] Ids(IEnumerable<MeteredDay> lines) => [.. lines.Select(line => line.Line.InstanceId)];

    private sealed record StandingLine(int Revision, string Digest, string Closing, bool IsBilled);
}
