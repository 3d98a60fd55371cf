using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.Contracts;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Outbox;
using Npgsql;

namespace LaunchStack.Aggregator.Metering;

/// <summary>Budgets and what has been said of them. They are soft: nothing stops.</summary>
internal sealed class BudgetStore(NpgsqlDataSource dataSource, DatabaseExecutor executor)
{
    private static readonly int[] Parts = [75, 90, 100];

    /// <summary>A user's budget of a month; null: none.</summary>
    public Task<decimal?> FindAsync(Guid user, CancellationToken cancellationToken) => executor.ReadAsync(
        (connection, token) => connection.ScalarAsync<decimal?>("SELECT amount FROM budgets WHERE user_id = $1", token, user), cancellationToken);

    /// <summary>Sets it; what has been said of another amount this month may be said again.</summary>
    /// <returns>False: there is no such user.</returns>
    public Task<bool> SetAsync(Guid user, decimal amount, CancellationToken cancellationToken) => executor.WriteAsync(
        (connection, token) => connection.ScalarAsync<bool>(
            """
            WITH changed AS (
                INSERT INTO budgets AS b (user_id, amount) SELECT id, $2 FROM users WHERE id = $1
                ON CONFLICT (user_id) DO UPDATE SET amount = excluded.amount, updated_at = now() RETURNING user_id, amount),
            said AS (
                DELETE FROM budget_alerts a USING changed c
                WHERE a.user_id = c.user_id AND a.budget <> c.amount AND a.month = date_trunc('month', now() AT TIME ZONE 'UTC')::date)
            SELECT true FROM changed
            """, token, user, amount),
        cancellationToken);

    /// <summary>Takes it away; false: there was none.</summary>
    public Task<bool> RemoveAsync(Guid user, CancellationToken cancellationToken) =>
        executor.WriteAsync("DELETE FROM budgets WHERE user_id = $1", cancellationToken, user);

    /// <summary>What has been said this month or earlier, newest first.</summary>
    public Task<List<BudgetAlert>> AlertsAsync(Guid user, CancellationToken cancellationToken) => executor.ReadAsync(
        (connection, token) => connection.QueryAsync(
            "SELECT month, percent, budget, spent, currency, raised_at FROM budget_alerts WHERE user_id = $1 ORDER BY month DESC, percent DESC LIMIT 100",
            row => new BudgetAlert(
                row.GetFieldValue<DateOnly>(0), row.GetInt32(1), row.GetDecimal(2), row.GetDecimal(3), row.GetString(4), row.GetFieldValue<DateTimeOffset>(5)),
            token, user),
        cancellationToken);

    /// <summary>Tells, once each, which parts of their budgets users have reached in a month.</summary>
    public async Task RaiseAsync(DateOnly month, IReadOnlyList<RateCard> cards, MeteringClaim claim, TimeProvider time, CancellationToken cancellationToken)
    {
        if (RateCardStore.For(cards, month) is not { } card)
            return;
        var open = await dataSource.QueryAsync(
            "SELECT b.user_id, b.amount FROM budgets b WHERE NOT EXISTS (SELECT FROM budget_alerts a WHERE a.user_id = b.user_id AND a.month = $1 AND a.percent = 100)",
            row => (row.GetGuid(0), row.GetDecimal(1)), cancellationToken, month);
        foreach (var (user, budget) in open)
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            var statement = await StatementSource.DueAsync(connection, user, month, cards, time.GetUtcNow(), cancellationToken);
            var spent = statement?.Lines.Sum(line => line.Amount) ?? 0;
            if (spent * 100 < budget * Parts[0])
                continue;
            await using var transaction = await claim.BeginAsync(connection, cancellationToken);
            foreach (var part in Parts.Where(part => spent * 100 >= budget * part))
            {
                if (await connection.ExecuteAsync(
                    "INSERT INTO budget_alerts (user_id, month, percent, budget, spent, currency) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                    cancellationToken, user, month, part, budget, spent, card.Currency) > 0)
                    await OutboxTable.InsertAsync(
                        connection, new BudgetReached(user, month, part, budget, spent, card.Currency, time.GetUtcNow()), cancellationToken);
            }
            await transaction.CommitAsync(cancellationToken);
        }
    }
}
