using System.Text.Json;
using LaunchStack.Aggregator.Metering.Pricing;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Metering;

/// <summary>Rate cards; versions are only added.</summary>
internal sealed class RateCardStore(NpgsqlDataSource dataSource)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>All versions, oldest first.</summary>
    public async Task<IReadOnlyList<RateCard>> AllAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT version, valid_from, currency, decimals, items FROM rate_cards ORDER BY version");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var cards = new List<RateCard>();
        while (await reader.ReadAsync(cancellationToken))
            cards.Add(new(
                reader.GetInt32(0), reader.GetFieldValue<DateOnly>(1), reader.GetString(2), reader.GetInt32(3),
                JsonSerializer.Deserialize<List<RateItem>>(reader.GetString(4), Json)!));
        return cards;
    }

    /// <summary>
    /// Adds a version. Null where a statement stands of a month that it would price: what is frozen keeps its card, and two statements
    /// of one month are priced alike.
    /// </summary>
    public async Task<RateCard?> AddAsync(DateOnly validFrom, string currency, int decimals, IReadOnlyList<RateItem> items, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Versions without a hole, and no statement frozen between the look and the row.
        await using (var exclude = new NpgsqlCommand("SELECT FROM metering_state FOR UPDATE", connection))
            await exclude.ExecuteNonQueryAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO rate_cards (version, valid_from, currency, decimals, items)
            SELECT (SELECT coalesce(max(version), 0) + 1 FROM rate_cards), $1, $2, $3, $4
            WHERE NOT EXISTS (SELECT FROM statements WHERE month >= $1)
            RETURNING version
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = validFrom });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = currency });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = decimals });
        command.Parameters.Add(new() { Value = JsonSerializer.Serialize(items, Json), NpgsqlDbType = NpgsqlDbType.Jsonb });
        var version = await command.ExecuteScalarAsync(cancellationToken) as int?;
        await transaction.CommitAsync(cancellationToken);
        return version is null ? null : new(version.Value, validFrom, currency, decimals, items);
    }

    /// <summary>The card that prices a month; null: none is valid so early.</summary>
    public static RateCard? For(IEnumerable<RateCard> cards, DateOnly month) =>
        cards.Where(card => card.ValidFrom <= month).MaxBy(card => (card.ValidFrom, card.Version));
}
