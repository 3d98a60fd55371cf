using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.Contracts;
using Npgsql;

namespace LaunchStack.Aggregator.Metering;

/// <summary>Budgets and what has been said of them. They are soft: nothing stops.</summary>
internal sealed class BudgetStore(NpgsqlDataSource dataSource)
{
    private static readonly int[] Parts = [75, 90, 100];

    /// <summary>A user's budget of a month; null: none.</summary>
    public async Task<decimal?> FindAsync(Guid user, CancellationToken cancellationToken)
    {
        await using var command = Command("SELECT amount FROM budgets WHERE user_id = $1", user);
        return await command.ExecuteScalarAsync(cancellationToken) as decimal?;
    }

    /// <summary>Sets it; what has been said of another amount this month may be said again.</summary>
    /// <returns>False: there is no such user.</returns>
    public async Task<bool> SetAsync(Guid user, decimal amount, CancellationToken cancellationToken)
    {
        await using var command = Command(
            """
            WITH changed AS (
                INSERT INTO budgets AS b (user_id, amount) SELECT id, $2 FROM users WHERE id = $1
                ON CONFLICT (user_id) DO UPDATE SET amount = excluded.amount, updated_at = now() RETURNING user_id, amount),
            said AS (
                DELETE FROM budget_alerts a USING changed c
                WHERE a.user_id = c.user_id AND a.budget <> c.amount AND a.month = date_trunc('month', now() AT TIME ZONE 'UTC')::date)
            SELECT 1 FROM changed
            """, user);
        command.Parameters.Add(new NpgsqlParameter<decimal> { TypedValue = amount });
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    /// <summary>Takes it away; false: there was none.</summary>
    public async Task<bool> RemoveAsync(Guid user, CancellationToken cancellationToken)
    {
        await using var command = Command("DELETE FROM budgets WHERE user_id = $1", user);
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    /// <summary>What has been said this month or earlier, newest first.</summary>
    public async Task<IReadOnlyList<BudgetAlert>> AlertsAsync(Guid user, CancellationToken cancellationToken)
    {
        await using var command = Command(
            "SELECT month, percent, budget, spent, currency, raised_at FROM budget_alerts WHERE user_id = $1 ORDER BY month DESC, percent DESC LIMIT 100", user);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var alerts = new List<BudgetAlert>();
        while (await reader.ReadAsync(cancellationToken))
            alerts.Add(new(
                reader.GetFieldValue<DateOnly>(0), reader.GetInt32(1), reader.GetDecimal(2), reader.GetDecimal(3), reader.GetString(4),
                reader.GetFieldValue<DateTimeOffset>(5)));
        return alerts;
    }

    /// <summary>Tells, once each, which parts of their budgets users have reached in a month.</summary>
    public async Task RaiseAsync(DateOnly month, IReadOnlyList<RateCard> cards, MeteringClaim claim, TimeProvider time, CancellationToken cancellationToken)
    {
        if (RateCardStore.For(cards, month) is not { } card)
            return;
        var open = new List<(Guid User, decimal Budget)>();
        await using (var command = dataSource.CreateCommand(
            "SELECT b.user_id, b.amount FROM budgets b WHERE NOT EXISTS (SELECT FROM budget_alerts a WHERE a.user_id = b.user_id AND a.month = $1 AND a.percent = 100)"))
        {
            command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = month });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                open.Add((reader.GetGuid(0), reader.GetDecimal(1)));
        }

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
                await using var insert = new NpgsqlCommand(
                    "INSERT INTO budget_alerts (user_id, month, percent, budget, spent, currency) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING", connection);
                insert.Parameters.AddRange(Array.ConvertAll(
                    new object[] { user, month, part, budget, spent, card.Currency }, value => new NpgsqlParameter { Value = value }));
                if (await insert.ExecuteNonQueryAsync(cancellationToken) > 0)
                    await OutboxRow.WriteAsync(
                        connection, new BudgetReached(user, month, part, budget, spent, card.Currency, time.GetUtcNow()), cancellationToken);
            }
            await transaction.CommitAsync(cancellationToken);
        }
    }

    private NpgsqlCommand Command(string sql, Guid user)
    {
        var command = dataSource.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = user });
        return command;
    }
}
