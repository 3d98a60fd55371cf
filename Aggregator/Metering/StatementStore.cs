using System.Numerics;
using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.Aggregator.Metering.Statements;
using LaunchStack.Contracts;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Outbox;
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
        var open = await dataSource.QueryAsync(
            DueSql, row => (User: row.GetGuid(0), Month: row.GetFieldValue<DateOnly>(1), Last: row.Value<DateOnly>(2)), cancellationToken,
            lastClosed.AddMonths(1));
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
        if (await connection.ExecuteAsync(
            """
            INSERT INTO statements (id, user_id, month, rate_card, total, covered_ms, uncovered_ms, cutoff, digest)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (user_id, month) DO NOTHING
            """, cancellationToken, id, user, month, statement.Card.Version, statement.Total, statement.Quantities.CoveredMs,
            statement.Quantities.UncoveredMs, cutoff.UtcDateTime, digest) == 0)
            return null;
        await InsertLinesAsync(connection, id, statement, cancellationToken);
        await BindDaysAsync(connection, id, [.. statement.Days, .. statement.LateDays], cancellationToken);
        await OutboxTable.InsertAsync(
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
        Guid? user, DateOnly? month, Guid? after, int limit, CancellationToken cancellationToken) => await dataSource.QueryAsync(
        $"""
        {Head} WHERE ($1::uuid IS NULL OR s.user_id = $1) AND ($2::date IS NULL OR s.month = $2)
          AND ($3::uuid IS NULL OR (s.month, s.id) < (SELECT a.month, a.id FROM statements a WHERE a.id = $3))
        ORDER BY s.month DESC, s.id DESC LIMIT $4
        """, ReadHead, cancellationToken, user, month, after, limit);

    /// <summary>Users who own or owned an instance, or have a statement, in order of id; each with the newest statement.</summary>
    /// <param name="user">Only this one; null: all of them.</param>
    /// <param name="after">The last one of the page before.</param>
    /// <param name="limit">Most of them.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<IReadOnlyList<ChargedUser>> UsersAsync(Guid? user, Guid? after, int limit, CancellationToken cancellationToken) =>
        await dataSource.QueryAsync(
            $"""
            SELECT s.*, u.user_id FROM (
                SELECT user_id FROM (SELECT user_id FROM instance_owners UNION SELECT user_id FROM statements) all_users
                WHERE user_id IS NOT NULL AND ($1::uuid IS NULL OR user_id = $1) AND ($2::uuid IS NULL OR user_id > $2) ORDER BY user_id LIMIT $3) u
            LEFT JOIN LATERAL ({Head} WHERE s.user_id = u.user_id ORDER BY s.month DESC LIMIT 1) s ON true
            ORDER BY u.user_id
            """, row => new ChargedUser(row.GetGuid(11), row.IsDBNull(0) ? null : ReadHead(row)), cancellationToken, user, after, limit);

    /// <summary>A statement's head; null: there is none.</summary>
    public async Task<FrozenStatement?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        (await dataSource.QueryAsync($"{Head} WHERE s.id = $1", ReadHead, cancellationToken, id)).SingleOrDefault();

    /// <summary>Its lines and adjustments as they were frozen.</summary>
    public async Task<(IReadOnlyList<ChargeLine> Lines, IReadOnlyList<AdjustmentLine> Adjustments)> LinesAsync(Guid id, CancellationToken cancellationToken)
    {
        var lines = await dataSource.QueryAsync<object>(
            "SELECT instance_id, day, measure, rate_card, unit, price, quantity, free, amount FROM statement_lines WHERE statement_id = $1 ORDER BY position",
            row =>
            {
                var (instance, measure, unit) = (row.GetGuid(0), ChargedMeasures.Parse(row.GetString(2))!.Value, row.Text(4));
                var (quantity, free) = ((Int128)row.GetFieldValue<BigInteger>(6), (Int128)row.GetFieldValue<BigInteger>(7));
                return row.Value<DateOnly>(1) is { } day
                    ? new AdjustmentLine(instance, day, measure, row.GetInt32(3), unit, row.GetDecimal(5), quantity, row.GetDecimal(8))
                    : new ChargeLine(instance, measure, unit, row.GetDecimal(5), quantity, free, row.GetDecimal(8));
            },
            cancellationToken, id);
        return ([.. lines.OfType<ChargeLine>()], [.. lines.OfType<AdjustmentLine>()]);
    }

    /// <summary>What the instances of a statement are called today; those that are gone are missing.</summary>
    public async Task<IReadOnlyDictionary<Guid, string>> NamesAsync(Guid id, CancellationToken cancellationToken) => (await dataSource.QueryAsync(
        "SELECT i.id, i.name FROM instances i WHERE i.id IN (SELECT l.instance_id FROM statement_lines l WHERE l.statement_id = $1)",
        row => (row.GetGuid(0), row.GetString(1)), cancellationToken, id)).ToDictionary();

    private static async Task InsertLinesAsync(NpgsqlConnection connection, Guid id, Statement statement, CancellationToken cancellationToken)
    {
        var version = statement.Card.Version;
        var lines = statement.Lines.Select(l => (l.InstanceId, Day: (DateOnly?)null, l.Measure, Card: version, l.Unit, l.Price, l.Quantity, l.Free, l.Amount))
            .Concat(statement.Adjustments.Select(
                a => (a.InstanceId, Day: (DateOnly?)a.Day, a.Measure, Card: a.RateCard, a.Unit, a.Price, a.Quantity, Free: Int128.Zero, a.Amount)))
            .ToList();
        await connection.ExecuteAsync(
            """
            INSERT INTO statement_lines (statement_id, position, instance_id, day, measure, rate_card, unit, price, quantity, free, amount)
            SELECT $1, u.n, u.i, u.d, u.m, u.c, u.u, u.p, u.q, u.f, u.a
            FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10) WITH ORDINALITY AS u(i, d, m, c, u, p, q, f, a, n)
            """,
            cancellationToken, id,
            SqlExtensions.ArrayOf(lines.Select(l => l.InstanceId), NpgsqlDbType.Uuid),
            SqlExtensions.ArrayOf(lines.Select(l => l.Day), NpgsqlDbType.Date),
            SqlExtensions.ArrayOf(lines.Select(l => l.Measure.Name()), NpgsqlDbType.Text),
            SqlExtensions.ArrayOf(lines.Select(l => l.Card), NpgsqlDbType.Integer),
            SqlExtensions.ArrayOf(lines.Select(l => l.Unit), NpgsqlDbType.Text),
            SqlExtensions.ArrayOf(lines.Select(l => l.Price), NpgsqlDbType.Numeric),
            SqlExtensions.ArrayOf(lines.Select(l => (BigInteger)l.Quantity), NpgsqlDbType.Numeric),
            SqlExtensions.ArrayOf(lines.Select(l => (BigInteger)l.Free), NpgsqlDbType.Numeric),
            SqlExtensions.ArrayOf(lines.Select(l => l.Amount), NpgsqlDbType.Numeric));
    }

    private static async Task BindDaysAsync(NpgsqlConnection connection, Guid id, List<BilledDay> days, CancellationToken cancellationToken)
    {
        var bound = await connection.ExecuteAsync(
            """
            UPDATE usage_days d SET statement_id = $1 FROM unnest($2, $3, $4) AS u(i, d, r)
            WHERE d.instance_id = u.i AND d.day = u.d AND d.revision = u.r AND d.statement_id IS NULL
            """, cancellationToken, id, days.Select(d => d.InstanceId).ToArray(), days.Select(d => d.Day).ToArray(), days.Select(d => d.Revision).ToArray());
        if (bound != days.Count)
            throw new InvalidOperationException($"Of {days.Count} day lines {bound} could be bound to statement {id}: nothing of it was kept.");
    }

    private static FrozenStatement ReadHead(NpgsqlDataReader reader)
    {
        var (covered, uncovered) = (reader.GetInt64(6), reader.GetInt64(7));
        return new(
            reader.GetGuid(0), reader.GetGuid(1), reader.GetFieldValue<DateOnly>(2), reader.GetInt32(3), reader.GetString(4), reader.GetDecimal(5),
            covered, uncovered, covered + uncovered == 0 ? null : (double)covered / (covered + uncovered), reader.GetFieldValue<DateTimeOffset>(8),
            reader.GetString(9), reader.GetFieldValue<DateTimeOffset>(10));
    }
}
