using LaunchStack.Aggregator.Reading;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Alerts.Rules;

/// <summary>Rules and their versions. A change is a new version, a deletion the end of the newest one.</summary>
internal sealed class AlertRuleStore(DatabaseExecutor executor)
{
    // Rules for all, and those for what the key is bound to.
    private const string Visible =
        """
        r.deleted_at IS NULL AND ($1::uuid IS NULL AND $2::uuid IS NULL OR v.user_id IS NULL AND v.instance_id IS NULL
            OR v.user_id = coalesce($1, (SELECT user_id FROM instances WHERE id = $2))
            OR v.instance_id = $2 OR EXISTS (SELECT FROM instances i WHERE i.id = v.instance_id AND i.user_id = $1))
        """;

    private const string Newest = $"SELECT {RuleReader.Columns}, r.muted_until FROM alert_rules r JOIN alert_rule_versions v ON v.rule_id = r.id AND v.version = r.version";

    private const string InsertVersion =
        """
        INSERT INTO alert_rule_versions AS v (rule_id, version, name, measure, aggregate, span, above, raise_after, below, clear_after, severity,
                                              user_id, instance_id, enabled, valid_from)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """;

    /// <summary>The rules that the viewer's key may see, in order of name.</summary>
    public Task<List<AlertRuleView>> ListAsync(Viewer viewer, CancellationToken cancellationToken) => executor.ReadAsync(
        (connection, token) => connection.QueryAsync($"{Newest} WHERE {Visible} ORDER BY v.name, r.id", View, token, viewer.UserId, viewer.InstanceId),
        cancellationToken);

    /// <summary>A rule's newest version; null when there is none that the key may see.</summary>
    public Task<AlertRuleView?> FindAsync(Guid id, Viewer viewer, CancellationToken cancellationToken) => executor.ReadAsync(
        async (connection, token) =>
            (await connection.QueryAsync($"{Newest} WHERE {Visible} AND r.id = $3", View, token, viewer.UserId, viewer.InstanceId, id)).FirstOrDefault(),
        cancellationToken);

    /// <summary>A version of a rule that the key may see, of deleted rules too; without a number the newest.</summary>
    public Task<AlertRule?> VersionAsync(Guid id, int? version, Viewer viewer, CancellationToken cancellationToken) => executor.ReadAsync(
        async (connection, token) => (await connection.QueryAsync(
            $"""
            SELECT {RuleReader.Columns} FROM alert_rules r JOIN alert_rule_versions v ON v.rule_id = r.id
            WHERE r.id = $3 AND v.version = coalesce($4, r.version) AND {Visible.Replace("r.deleted_at IS NULL", "true", StringComparison.Ordinal)}
            """, RuleReader.Read, token, viewer.UserId, viewer.InstanceId, id, version)).FirstOrDefault(),
        cancellationToken);

    /// <summary>Whether there is such a user and such an instance; null: not asked about.</summary>
    public Task<(bool User, bool Instance)> ExistAsync(Guid? user, Guid? instance, CancellationToken cancellationToken) => executor.ReadAsync(
        async (connection, token) => (await connection.QueryAsync(
            "SELECT $1::uuid IS NULL OR EXISTS (SELECT FROM users WHERE id = $1), $2::uuid IS NULL OR EXISTS (SELECT FROM instances WHERE id = $2)",
            row => (row.GetBoolean(0), row.GetBoolean(1)), token, user, instance))[0],
        cancellationToken);

    /// <summary>Makes a rule of version 1.</summary>
    public Task<Guid> CreateAsync(AlertDefinition definition, DateTimeOffset? mutedUntil, CancellationToken cancellationToken)
    {
        // Chosen here: a statement that is repeated over another connection makes no second rule.
        var id = Guid.CreateVersion7();
        return InTransactionAsync(async (connection, token) =>
        {
            if (await connection.ScalarAsync<DateTime?>(
                "INSERT INTO alert_rules (id, muted_until) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING created_at", token, id, mutedUntil?.UtcDateTime) is { } now)
                await InsertAsync(connection, id, 1, definition, now, token);
            return id;
        }, cancellationToken);
    }

    /// <summary>Makes a new version, unless it says what the newest one says; false when there is no such rule.</summary>
    public Task<bool> ReplaceAsync(Guid id, AlertDefinition definition, DateTimeOffset? mutedUntil, CancellationToken cancellationToken) =>
        InTransactionAsync(async (connection, token) =>
        {
            if (await LockAsync(connection, id, token) is not { } newest)
                return false;
            await connection.ExecuteAsync("UPDATE alert_rules SET muted_until = $2 WHERE id = $1", token, id, mutedUntil?.UtcDateTime);
            if (newest.Definition == definition)
                return true;
            var from = await EndAsync(connection, newest, "UPDATE alert_rules SET version = version + 1 WHERE id = $1", token);
            await InsertAsync(connection, id, newest.Version + 1, definition, from, token);
            return true;
        }, cancellationToken);

    /// <summary>Ends a rule; false when there is none.</summary>
    public Task<bool> DeleteAsync(Guid id, CancellationToken cancellationToken)
    {
        // Also when the try before has ended it, whose COMMIT was not answered.
        var found = false;
        return InTransactionAsync(async (connection, token) =>
        {
            if (await LockAsync(connection, id, token) is { } newest)
            {
                await EndAsync(connection, newest, "UPDATE alert_rules SET deleted_at = now() WHERE id = $1", token);
                found = true;
            }
            return found;
        }, cancellationToken);
    }

    /// <summary>Mutes a rule, or with null unmutes it; false when there is none.</summary>
    public Task<bool> MuteAsync(Guid id, DateTimeOffset? until, CancellationToken cancellationToken) => executor.WriteAsync(
        "UPDATE alert_rules SET muted_until = $2 WHERE id = $1 AND deleted_at IS NULL", cancellationToken, id, until?.UtcDateTime);

    private static async Task<AlertRule?> LockAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        (await connection.QueryAsync($"{Newest} WHERE r.id = $1 AND r.deleted_at IS NULL FOR UPDATE OF r", RuleReader.Read, cancellationToken, id)).FirstOrDefault();

    // Transactions may get the rule's lock in another order than they began: a version never ends before it began.
    private static async Task<DateTime> EndAsync(NpgsqlConnection connection, AlertRule newest, string then, CancellationToken cancellationToken)
    {
        var at = await connection.ScalarAsync<DateTime>(
            """
            UPDATE alert_rule_versions SET valid_to = greatest(now(), valid_from + interval '1 microsecond')
            WHERE rule_id = $1 AND version = $2 RETURNING valid_to
            """, cancellationToken, newest.Id, newest.Version);
        await connection.ExecuteAsync(then, cancellationToken, newest.Id);
        return at;
    }

    private static Task<int> InsertAsync(
        NpgsqlConnection connection, Guid id, int version, AlertDefinition definition, DateTime from, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(
            InsertVersion, cancellationToken, id, version, definition.Name, WireNames.Of(definition.Measure),
            definition.Aggregate is { } aggregate ? WireNames.Of(aggregate) : null, definition.Span, definition.Above, definition.For, definition.Below,
            definition.ClearFor, WireNames.Of(definition.Severity), definition.UserId, definition.InstanceId, definition.Enabled, from);

    private Task<T> InTransactionAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> action, CancellationToken cancellationToken) => executor.WriteAsync(
        async (connection, token) =>
        {
            await using var transaction = await connection.BeginTransactionAsync(token);
            var result = await action(connection, token);
            await transaction.CommitAsync(token);
            return result;
        }, cancellationToken);

    private static AlertRuleView View(NpgsqlDataReader row) => AlertRuleView.Of(RuleReader.Read(row), row.Value<DateTimeOffset>(RuleReader.Count));
}
