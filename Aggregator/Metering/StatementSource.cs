using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.Aggregator.Metering.Statements;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Metering;

/// <summary>Makes statements of the day lines in the database: the one that is due, or, to compare, one that is frozen again.</summary>
internal static class StatementSource
{
    private static readonly string Lines =
        $"""
        SELECT {UsageDay.Billing}, {UsageDay.Of("b", UsageDay.Quantities)}
        FROM usage_days d
        LEFT JOIN usage_days b ON b.instance_id = d.instance_id AND b.day = d.day AND b.revision = d.revision - 1
        """;

    // instance_owner_on decides whose a day is; the condition before it spares asking for the instances of everybody else.
    private static readonly string Open =
        Lines
        + """
         WHERE d.statement_id IS NULL AND d.day < $2
          AND d.instance_id IN (SELECT instance_id FROM instance_owners WHERE user_id = $1) AND instance_owner_on(d.instance_id, d.day) = $1
        """;

    private static readonly string Frozen = Lines + " WHERE d.statement_id = $1";

    // The last revision of each day that a statement before $4 holds.
    private static readonly string Billed =
        $"""
        SELECT DISTINCT ON (d.instance_id, d.day) {UsageDay.Billing} FROM usage_days d JOIN statements s ON s.id = d.statement_id
        WHERE s.user_id = $1 AND d.day >= $2 AND d.day < $3 AND s.month < $4
        ORDER BY d.instance_id, d.day, d.revision DESC
        """;

    /// <summary>The statement of a month, over all lines up to its end that no statement holds; null: no rate card is valid so early.</summary>
    public static async Task<Statement?> DueAsync(
        NpgsqlConnection connection, Guid user, DateOnly month, IReadOnlyList<RateCard> cards, DateTimeOffset cutoff, CancellationToken cancellationToken)
    {
        if (RateCardStore.For(cards, month) is not { } card)
            return null;
        var lines = await LinesAsync(connection, Open, cancellationToken, user, month.AddMonths(1));
        return await MakeAsync(connection, lines, user, month, card, cards, cutoff, cancellationToken);
    }

    /// <summary>A frozen statement, made again of the lines that it holds.</summary>
    public static async Task<Statement> AgainAsync(
        NpgsqlConnection connection, FrozenStatement frozen, IReadOnlyList<RateCard> cards, CancellationToken cancellationToken)
    {
        var lines = await LinesAsync(connection, Frozen, cancellationToken, frozen.Id);
        return await MakeAsync(
            connection, lines, frozen.UserId, frozen.Month, cards.Single(card => card.Version == frozen.RateCard), cards, frozen.Cutoff, cancellationToken);
    }

    private static Task<List<(BilledDay Line, Quantities Before)>> LinesAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object?[] values) => connection.QueryAsync(
        sql, row => (UsageDay.Billed(row), row.IsDBNull(12) ? default : UsageDay.QuantitiesAt(row, 12)), cancellationToken, values);

    private static async Task<Statement> MakeAsync(
        NpgsqlConnection connection, List<(BilledDay Line, Quantities Before)> taken, Guid user, DateOnly month, RateCard card, IReadOnlyList<RateCard> cards,
        DateTimeOffset cutoff, CancellationToken cancellationToken)
    {
        var late = new List<LateMonth>();
        foreach (var group in taken.Where(line => line.Line.Day < month).GroupBy(line => line.Line.Day.MonthStart()))
            late.Add(new(
                await CardAsync(connection, user, group.Key, cards, cancellationToken) ?? RateCardStore.For(cards, group.Key) ?? card,
                await BilledAsync(connection, user, group.Key, month, cancellationToken), [.. group]));
        return Statement.Of(user, month, card, cutoff, taken.Where(line => line.Line.Day >= month).Select(line => line.Line), late);
    }

    /// <summary>What statements before <paramref name="statement"/> hold of a user's month, by instance.</summary>
    private static async Task<Dictionary<Guid, Quantities>> BilledAsync(
        NpgsqlConnection connection, Guid user, DateOnly month, DateOnly statement, CancellationToken cancellationToken)
    {
        var billed = new Dictionary<Guid, Quantities>();
        foreach (var line in await connection.QueryAsync(Billed, UsageDay.Billed, cancellationToken, user, month, month.AddMonths(1), statement))
            billed[line.InstanceId] = billed.GetValueOrDefault(line.InstanceId) + line.Quantities;
        return billed;
    }

    private static async Task<RateCard?> CardAsync(
        NpgsqlConnection connection, Guid user, DateOnly month, IReadOnlyList<RateCard> cards, CancellationToken cancellationToken) =>
        await connection.ScalarAsync<int?>("SELECT rate_card FROM statements WHERE user_id = $1 AND month = $2", cancellationToken, user, month)
            is { } version ? cards.Single(card => card.Version == version) : null;
}
