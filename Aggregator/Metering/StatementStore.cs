using System.Numerics;
using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.Aggregator.Metering.Statements;
using LaunchStack.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Metering;

/// <summary>Statements: what is due, freezing, and what is frozen.</summary>
internal sealed class StatementStore(NpgsqlDataSource dataSource, MeteringClaim claim)
{
    private const string Head =
        """
        SELECT s.id, s.user_id, s.month, s.rate_card, c.currency, s.total, s.covered_ms, s.uncovered_ms, s.cutoff, s.digest, s.frozen_at
        FROM statements s JOIN rate_cards c ON c.version = s.rate_card
        """;

    // Lines of instances that nobody has ever owned stay open for good: they are left out before their owner is asked for.
    private const string DueSql =
        """
        SELECT o.user_id, date_trunc('month', d.day::timestamp)::date, (SELECT max(s.month) FROM statements s WHERE s.user_id = o.user_id)
        FROM usage_days d CROSS JOIN LATERAL (SELECT instance_owner_on(d.instance_id, d.day) AS user_id) o
        WHERE d.statement_id IS NULL AND d.day < $1
          AND EXISTS (SELECT FROM instance_owners p WHERE p.instance_id = d.instance_id AND p.user_id IS NOT NULL) AND o.user_id IS NOT NULL
        GROUP BY 1, 2 ORDER BY 2, 1
        """;

    /// <summary>
    /// Statements to freeze, oldest first. A user's statements go forward: lines of months after the last one get a statement of their
    /// own, lines of earlier months go into the next.
    /// </summary>
    /// <param name="lastClosed">The last month that is closed.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<IReadOnlyList<(Guid User, DateOnly Month)>> DueAsync(DateOnly lastClosed, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(DueSql);
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = lastClosed.AddMonths(1) });
        var open = new List<(Guid User, DateOnly Month, DateOnly? Last)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            open.Add((reader.GetGuid(0), reader.GetFieldValue<DateOnly>(1), reader.IsDBNull(2) ? null : reader.GetFieldValue<DateOnly>(2)));
        return [.. open.GroupBy(o => (o.User, o.Last)).SelectMany(user =>
        {
            var own = user.Where(o => o.Last is null || o.Month > o.Last).Select(o => (o.User, o.Month)).ToList();
            return own.Count > 0 ? own : user.Key.Last < lastClosed ? [(user.Key.User, lastClosed)] : [];
        }).OrderBy(due => due.Month)];
    }

    /// <summary>Freezes a user's month: lines, statement and event in one transaction.</summary>
    /// <returns>Null: it is frozen already, or no rate card is valid so early.</returns>
    public async Task<Guid?> FreezeAsync(
        Guid user, DateOnly month, IReadOnlyList<RateCard> cards, DateTimeOffset cutoff, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await claim.BeginAsync(connection, cancellationToken);
        if (await StatementSource.DueAsync(connection, user, month, cards, cutoff, cancellationToken) is not { } statement)
            return null;
        var id = Guid.CreateVersion7(time.GetUtcNow());
        var digest = statement.Digest();
        await using (var insert = new NpgsqlCommand(
            """
            INSERT INTO statements (id, user_id, month, rate_card, total, covered_ms, uncovered_ms, cutoff, digest)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (user_id, month) DO NOTHING RETURNING 1
            """, connection))
        {
            Add(insert, id, user, month, statement.Card.Version, statement.Total, statement.Quantities.CoveredMs, statement.Quantities.UncoveredMs,
                cutoff.UtcDateTime, digest);
            if (await insert.ExecuteScalarAsync(cancellationToken) is null)
                return null;
        }
        await InsertLinesAsync(connection, id, statement, cancellationToken);
        await BindDaysAsync(connection, id, [.. statement.Days, .. statement.LateDays], cancellationToken);
        await OutboxRow.WriteAsync(
            connection,
            new StatementFrozen(id, user, month, statement.Total, statement.Card.Currency, statement.Card.Version, cutoff, digest, time.GetUtcNow()),
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return id;
    }

    /// <summary>Heads in order of month and id, newest month first.</summary>
    /// <param name="user">Only this user's; null: everybody's.</param>
    /// <param name="month">Only of this month; null: of all.</param>
    /// <param name="after">The last one of the page before.</param>
    /// <param name="limit">Most of them.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<IReadOnlyList<FrozenStatement>> ListAsync(
        Guid? user, DateOnly? month, Guid? after, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"""
            {Head} WHERE ($1 IS NULL OR s.user_id = $1) AND ($2 IS NULL OR s.month = $2)
              AND ($3 IS NULL OR (s.month, s.id) < (SELECT a.month, a.id FROM statements a WHERE a.id = $3))
            ORDER BY s.month DESC, s.id DESC LIMIT $4
            """);
        command.Parameters.Add(new() { Value = (object?)user ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = (object?)month ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date });
        command.Parameters.Add(new() { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        return await HeadsAsync(command, cancellationToken);
    }

    /// <summary>Users who own or owned an instance, or have a statement, in order of id; each with the newest statement.</summary>
    /// <param name="user">Only this one; null: all of them.</param>
    /// <param name="after">The last one of the page before.</param>
    /// <param name="limit">Most of them.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<IReadOnlyList<ChargedUser>> UsersAsync(Guid? user, Guid? after, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"""
            SELECT s.*, u.user_id FROM (
                SELECT user_id FROM (SELECT user_id FROM instance_owners UNION SELECT user_id FROM statements) all_users
                WHERE user_id IS NOT NULL AND ($1 IS NULL OR user_id = $1) AND ($2 IS NULL OR user_id > $2) ORDER BY user_id LIMIT $3) u
            LEFT JOIN LATERAL ({Head} WHERE s.user_id = u.user_id ORDER BY s.month DESC LIMIT 1) s ON true
            ORDER BY u.user_id
            """);
        command.Parameters.Add(new() { Value = (object?)user ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        var users = new List<ChargedUser>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            users.Add(new(reader.GetGuid(11), reader.IsDBNull(0) ? null : ReadHead(reader)));
        return users;
    }

    /// <summary>A statement's head; null: there is none.</summary>
    public async Task<FrozenStatement?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"{Head} WHERE s.id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        return (await HeadsAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Its lines and adjustments as they were frozen.</summary>
    public async Task<(IReadOnlyList<ChargeLine> Lines, IReadOnlyList<AdjustmentLine> Adjustments)> LinesAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            "SELECT instance_id, day, measure, rate_card, unit, price, quantity, free, amount FROM statement_lines WHERE statement_id = $1 ORDER BY position");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        var (lines, adjustments) = (new List<ChargeLine>(), new List<AdjustmentLine>());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var (instance, measure, unit) = (reader.GetGuid(0), ChargedMeasures.Parse(reader.GetString(2))!.Value, reader.IsDBNull(4) ? null : reader.GetString(4));
            var (quantity, free) = ((Int128)reader.GetFieldValue<BigInteger>(6), (Int128)reader.GetFieldValue<BigInteger>(7));
            if (reader.IsDBNull(1))
                lines.Add(new(instance, measure, unit, reader.GetDecimal(5), quantity, free, reader.GetDecimal(8)));
            else
                adjustments.Add(new(
                    instance, reader.GetFieldValue<DateOnly>(1), measure, reader.GetInt32(3), unit, reader.GetDecimal(5), quantity, reader.GetDecimal(8)));
        }
        return (lines, adjustments);
    }

    /// <summary>What the instances of a statement are called today; those that are gone are missing.</summary>
    public async Task<IReadOnlyDictionary<Guid, string>> NamesAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            "SELECT i.id, i.name FROM instances i WHERE i.id IN (SELECT l.instance_id FROM statement_lines l WHERE l.statement_id = $1)");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        var names = new Dictionary<Guid, string>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            names[reader.GetGuid(0)] = reader.GetString(1);
        return names;
    }

    private static async Task InsertLinesAsync(NpgsqlConnection connection, Guid id, Statement statement, CancellationToken cancellationToken)
    {
        var lines = statement.Lines.Select(l => (l.InstanceId, Day: (DateOnly?)null, l.Measure, Card: statement.Card.Version, l.Unit, l.Price, l.Quantity, l.Free, l.Amount))
            .Concat(statement.Adjustments.Select(a => (a.InstanceId, (DateOnly?)a.Day, a.Measure, a.RateCard, a.Unit, a.Price, a.Quantity, Int128.Zero, a.Amount)))
            .ToList();
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO statement_lines (statement_id, position, instance_id, day, measure, rate_card, unit, price, quantity, free, amount)
            SELECT $1, u.n, u.i, u.d, u.m, u.c, u.u, u.p, u.q, u.f, u.a
            FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10) WITH ORDINALITY AS u(i, d, m, c, u, p, q, f, a, n)
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        Add(l => l.InstanceId, NpgsqlDbType.Uuid);
        Add(l => l.Day, NpgsqlDbType.Date);
        Add(l => l.Measure.Name(), NpgsqlDbType.Text);
        Add(l => l.Card, NpgsqlDbType.Integer);
        Add(l => l.Unit, NpgsqlDbType.Text);
        Add(l => l.Price, NpgsqlDbType.Numeric);
        Add(l => (BigInteger)l.Quantity, NpgsqlDbType.Numeric);
        Add(l => (BigInteger)l.Free, NpgsqlDbType.Numeric);
        Add(l => l.Amount, NpgsqlDbType.Numeric);
        await command.ExecuteNonQueryAsync(cancellationToken);

        void Add<T>(Func<(Guid InstanceId, DateOnly? Day, ChargedMeasure Measure, int Card, string? Unit, decimal Price, Int128 Quantity, Int128 Free, decimal Amount), T> value, NpgsqlDbType type) =>
            command.Parameters.Add(new() { Value = lines.Select(value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type });
    }

    private static async Task BindDaysAsync(NpgsqlConnection connection, Guid id, List<BilledDay> days, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            UPDATE usage_days d SET statement_id = $1 FROM unnest($2, $3, $4) AS u(i, d, r)
            WHERE d.instance_id = u.i AND d.day = u.d AND d.revision = u.r AND d.statement_id IS NULL
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. days.Select(d => d.InstanceId)] });
        command.Parameters.Add(new NpgsqlParameter<DateOnly[]> { TypedValue = [.. days.Select(d => d.Day)] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. days.Select(d => d.Revision)] });
        var bound = await command.ExecuteNonQueryAsync(cancellationToken);
        if (bound != days.Count)
            throw new InvalidOperationException($"Of {days.Count} day lines {bound} could be bound to statement {id}: nothing of it was kept.");
    }

    private static async Task<IReadOnlyList<FrozenStatement>> HeadsAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var heads = new List<FrozenStatement>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            heads.Add(ReadHead(reader));
        return heads;
    }

    private static FrozenStatement ReadHead(NpgsqlDataReader reader)
    {
        var (covered, uncovered) = (reader.GetInt64(6), reader.GetInt64(7));
        return new(
            reader.GetGuid(0), reader.GetGuid(1), reader.GetFieldValue<DateOnly>(2), reader.GetInt32(3), reader.GetString(4), reader.GetDecimal(5),
            covered, uncovered, covered + uncovered == 0 ? null : (double)covered / (covered + uncovered), reader.GetFieldValue<DateTimeOffset>(8),
            reader.GetString(9), reader.GetFieldValue<DateTimeOffset>(10));
    }

    private static void Add(NpgsqlCommand command, params object[] values) =>
        command.Parameters.AddRange(Array.ConvertAll(values, value => new NpgsqlParameter { Value = value }));
}
