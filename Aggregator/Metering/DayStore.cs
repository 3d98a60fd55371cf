using System.Numerics;
using LaunchStack.Aggregator.Metering.Days;
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

    private const string UpsertSql =
        $"""
        INSERT INTO usage_days AS d (instance_id, day, revision, {UsageDay.Quantities}, samples, restarts, max_gap_ms, opening, closing, rows_sha256, digest, cutoff)
        SELECT u.i, $1, u.r, u.c, u.m, u.k, u.n, u.o, u.v, u.w, u.s, u.t, u.g, u.p, u.l, u.h, u.x, $2
        FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) AS u(i, r, c, m, k, n, o, v, w, s, t, g, p, l, h, x)
        ON CONFLICT (instance_id, day, revision) DO UPDATE SET
            ({UsageDay.Quantities}, samples, restarts, max_gap_ms, opening, closing, rows_sha256, digest, cutoff) =
            (excluded.cpu_core_ns, excluded.memory_byte_ms, excluded.disk_byte_ms, excluded.network_in_bytes, excluded.network_out_bytes,
             excluded.covered_ms, excluded.uncovered_ms, excluded.samples, excluded.restarts, excluded.max_gap_ms, excluded.opening,
             excluded.closing, excluded.rows_sha256, excluded.digest, excluded.cutoff)
            WHERE d.statement_id IS NULL
        """;

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

    /// <summary>The next day whose lines have never been computed; null: none before <paramref name="before"/>.</summary>
    public async Task<DateOnly?> NextDayAsync(DateOnly before, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(NextDaySql);
        return await DayAsync(command, cancellationToken) is { } day && day < before ? day : null;
    }

    /// <summary>Says that every instance has its line up to this day.</summary>
    public async Task PassAsync(DateOnly day, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await claim.BeginAsync(connection, cancellationToken);
        await ExecuteAsync(connection, "UPDATE metering_state SET days_through = $1 WHERE days_through IS NULL OR days_through < $1", cancellationToken, Day(day));
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Instances that have a line on the day.</summary>
    public async Task<HashSet<Guid>> WithLineAsync(DateOnly day, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT DISTINCT instance_id FROM usage_days WHERE day = $1");
        command.Parameters.Add(Day(day));
        return [.. await IdsAsync(command, cancellationToken)];
    }

    /// <summary>The oldest day with changes that the cutoff shows, and some of its instances; null: no change is left.</summary>
    public async Task<(DateOnly Day, Guid[] Instances)?> ChangedAsync(DateTime cutoff, int limit, CancellationToken cancellationToken)
    {
        await using var first = dataSource.CreateCommand("SELECT min(day) FROM usage_changes WHERE visible_at <= $1");
        first.Parameters.Add(Time(cutoff));
        if (await DayAsync(first, cancellationToken) is not { } day)
            return null;
        await using var command = dataSource.CreateCommand(
            "SELECT DISTINCT instance_id FROM usage_changes WHERE visible_at <= $1 AND day = $2 ORDER BY instance_id LIMIT $3");
        command.Parameters.Add(Time(cutoff));
        command.Parameters.Add(Day(day));
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        return (day, [.. await IdsAsync(command, cancellationToken)]);
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
            await ExecuteAsync(
                connection, PropagateSql, cancellationToken, Ids(changed), Day(day), Time(cutoff),
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
        await using var command = new NpgsqlCommand(UpsertSql, connection);
        command.Parameters.AddRange(new NpgsqlParameter[] { Day(day), Time(cutoff), Ids(changed) });
        Add(line => standing.TryGetValue(line.Line.InstanceId, out var old) ? old.Revision + (old.IsBilled ? 1 : 0) : 1, NpgsqlDbType.Integer);
        Add(line => (BigInteger)line.Line.Quantities.CpuCoreNs, NpgsqlDbType.Numeric);
        Add(line => (BigInteger)line.Line.Quantities.MemoryByteMs, NpgsqlDbType.Numeric);
        Add(line => (BigInteger)line.Line.Quantities.DiskByteMs, NpgsqlDbType.Numeric);
        Add(line => (BigInteger)line.Line.Quantities.NetworkInBytes, NpgsqlDbType.Numeric);
        Add(line => (BigInteger)line.Line.Quantities.NetworkOutBytes, NpgsqlDbType.Numeric);
        Add(line => line.Line.Quantities.CoveredMs, NpgsqlDbType.Bigint);
        Add(line => line.Line.Quantities.UncoveredMs, NpgsqlDbType.Bigint);
        Add(line => line.Line.Samples, NpgsqlDbType.Integer);
        Add(line => line.Line.Restarts, NpgsqlDbType.Integer);
        Add(line => line.Line.MaxGapMs, NpgsqlDbType.Bigint);
        Add(line => line.Line.Opening, NpgsqlDbType.Text);
        Add(Closing, NpgsqlDbType.Text);
        Add(line => line.Line.RowsDigest, NpgsqlDbType.Text);
        Add(line => line.Line.Digest(), NpgsqlDbType.Text);
        await command.ExecuteNonQueryAsync(cancellationToken);

        void Add<T>(Func<MeteredDay, T> value, NpgsqlDbType type) =>
            command.Parameters.Add(new() { Value = changed.Select(value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type });
    }

    private static async Task<Dictionary<Guid, StandingLine>> StandingAsync(
        NpgsqlConnection connection, DateOnly day, Guid[] instances, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT DISTINCT ON (instance_id) instance_id, revision, digest, closing, statement_id IS NOT NULL
            FROM usage_days WHERE day = $1 AND instance_id = ANY($2) ORDER BY instance_id, revision DESC
            """, connection);
        command.Parameters.Add(Day(day));
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = instances });
        var standing = new Dictionary<Guid, StandingLine>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            standing[reader.GetGuid(0)] = new(reader.GetInt32(1), reader.GetString(2), reader.GetString(3), reader.GetBoolean(4));
        return standing;
    }

    private static Task SettleAsync(NpgsqlConnection connection, DateOnly day, Guid[] instances, DateTime cutoff, CancellationToken cancellationToken) =>
        ExecuteAsync(
            connection, "DELETE FROM usage_changes WHERE day = $1 AND visible_at <= $2 AND instance_id = ANY($3)", cancellationToken,
            Day(day), Time(cutoff), new NpgsqlParameter<Guid[]> { TypedValue = instances });

    private static string Closing(MeteredDay line) => new DayOpening(null, 0, line.LastIn, line.LastOut).ToString();

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<DateOnly?> DayAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) && !reader.IsDBNull(0) ? reader.GetFieldValue<DateOnly>(0) : null;
    }

    private static async Task<List<Guid>> IdsAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var ids = new List<Guid>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            ids.Add(reader.GetGuid(0));
        return ids;
    }

    private static NpgsqlParameter<Guid[]> Ids(IEnumerable<MeteredDay> lines) =>
        new() { TypedValue = [.. lines.Select(line => line.Line.InstanceId)] };

    private static NpgsqlParameter<DateOnly> Day(DateOnly day) => new() { TypedValue = day };

    private static NpgsqlParameter Time(DateTime time) => new() { Value = time, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private sealed record StandingLine(int Revision, string Digest, string Closing, bool IsBilled);
}
