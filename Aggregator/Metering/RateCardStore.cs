using System.Text.Json;
using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.Usage.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Metering;

/// <summary>Rate cards; versions are only added.</summary>
internal sealed class RateCardStore(NpgsqlDataSource dataSource, DatabaseExecutor executor)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>All versions, oldest first.</summary>
    public async Task<IReadOnlyList<RateCard>> AllAsync(CancellationToken cancellationToken) => await dataSource.QueryAsync(
        "SELECT version, valid_from, currency, decimals, items FROM rate_cards ORDER BY version",
        row => new RateCard(
            row.GetInt32(0), row.GetFieldValue<DateOnly>(1), row.GetString(2), row.GetInt32(3),
            JsonSerializer.Deserialize<List<RateItem>>(row.GetString(4), Json)!),
        cancellationToken);

    /// <summary>
    /// Adds a version, unless the newest says the same: repeated over another connection, it adds no second one. Null where a statement
    /// stands of a month that it would price: what is frozen keeps its card, and two statements of one month are priced alike.
    /// </summary>
    public Task<RateCard?> AddAsync(
        DateOnly validFrom, string currency, int decimals, IReadOnlyList<RateItem> items, CancellationToken cancellationToken) => executor.WriteAsync(
        async (connection, token) =>
        {
            await using var transaction = await connection.BeginTransactionAsync(token);
            // Versions without a hole, and no statement frozen between the look and the row.
            await connection.ExecuteAsync("SELECT FROM metering_state FOR UPDATE", token);
            var version = await connection.ScalarAsync<int?>(
                """
                WITH is_open AS (SELECT WHERE NOT EXISTS (SELECT FROM statements WHERE month >= $1)),
                newest AS (SELECT coalesce(max(version), 0) AS version FROM rate_cards),
                same AS (SELECT version FROM rate_cards JOIN newest USING (version), is_open
                         WHERE (valid_from, currency, decimals, items) = ($1, $2, $3, $4)),
                added AS (INSERT INTO rate_cards (version, valid_from, currency, decimals, items)
                          SELECT version + 1, $1, $2, $3, $4 FROM newest, is_open WHERE NOT EXISTS (SELECT FROM same) RETURNING version)
                SELECT version FROM same UNION ALL SELECT version FROM added
                """,
                token, validFrom, currency, decimals,
                new NpgsqlParameter { Value = JsonSerializer.Serialize(items, Json), NpgsqlDbType = NpgsqlDbType.Jsonb });
            await transaction.CommitAsync(token);
            return version is null ? null : new RateCard(version.Value, validFrom, currency, decimals, items);
        },
        cancellationToken);

    /// <summary>The card that prices a month; null: none is valid so early.</summary>
    public static RateCard? For(IEnumerable<RateCard> cards, DateOnly month) =>
        cards.Where(card => card.ValidFrom <= month).MaxBy(card => (card.ValidFrom, card.Version));
}
