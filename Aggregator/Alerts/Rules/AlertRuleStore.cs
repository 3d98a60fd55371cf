using LaunchStack.Usage.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Alerts.Rules;

/// <summary>Rules and their versions. A change is a new version, a deletion the end of the newest one.</summary>
internal sealed class AlertRuleStore(NpgsqlDataSource dataSource, DatabaseExecutor executor)
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
    public Task<List<AlertRuleView>> ListAsync(Viewer viewer, CancellationToken cancellationToken) => executor.RunAsync(async token =>
    {
        await using var command = dataSource.CreateCommand($"{Newest} WHERE {Visible} ORDER BY v.name, r.id");
        viewer.AddTo(command);
        return await ViewsAsync(command, token);
    }, cancellationToken);

    /// <summary>A rule's newest version; null when there is none that the key may see.</summary>
    public Task<AlertRuleView?> FindAsync(Guid id, Viewer viewer, CancellationToken cancellationToken) => executor.RunAsync(async token =>
    {
        await using var command = dataSource.CreateCommand($"{Newest} WHERE {Visible} AND r.id = $3");
        viewer.AddTo(command);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        return (await ViewsAsync(command, token)).FirstOrDefault();
    }, cancellationToken);

    /// <summary>A version of a rule that the key may see, of deleted rules too; without a number the newest.</summary>
    public Task<AlertRule?> VersionAsync(Guid id, int? version, Viewer viewer, CancellationToken cancellationToken) => executor.RunAsync(async token =>
    {
        await using var command = dataSource.CreateCommand(
            $"""
            SELECT {RuleReader.Columns} FROM alert_rules r JOIN alert_rule_versions v ON v.rule_id = r.id
            WHERE r.id = $3 AND v.version = coalesce($4, r.version) AND {Visible.Replace("r.deleted_at IS NULL", "true", StringComparison.Ordinal)}
            """);
        viewer.AddTo(command);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        command.Parameters.Add(new() { Value = (object?)version ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var reader = await command.ExecuteReaderAsync(token);
        return await reader.ReadAsync(token) ? RuleReader.Read(reader) : null;
    }, cancellationToken);

    /// <summary>Whether there is such a user and such an instance; null: not asked about.</summary>
    public Task<(bool User, bool Instance)> ExistAsync(Guid? user, Guid? instance, CancellationToken cancellationToken) => executor.RunAsync(async token =>
    {
        await using var command = dataSource.CreateCommand(
            "SELECT $1::uuid IS NULL OR EXISTS (SELECT FROM users WHERE id = $1), $2::uuid IS NULL OR EXISTS (SELECT FROM instances WHERE id = $2)");
        new Viewer(user, instance).AddTo(command);
        await using var reader = await command.ExecuteReaderAsync(token);
        await reader.ReadAsync(token);
        return (reader.GetBoolean(0), reader.GetBoolean(1));
    }, cancellationToken);

    /// <summary>Makes a rule of version 1.</summary>
    public Task<Guid> CreateAsync(AlertDefinition definition, DateTimeOffset? mutedUntil, CancellationToken cancellationToken)
    {
        // Chosen here: a statement that is repeated over another connection makes no second rule.
        var id = Guid.CreateVersion7();
        return InTransactionAsync(async (connection, token) =>
        {
            await using (var rule = new NpgsqlCommand("INSERT INTO alert_rules (id, muted_until) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING created_at", connection))
            {
                rule.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
                Add(rule, mutedUntil);
                if (await rule.ExecuteScalarAsync(token) is DateTime now)
                    await InsertAsync(connection, id, 1, definition, now, token);
            }
            return id;
        }, cancellationToken);
    }

    /// <summary>Makes a new version, unless it says what the newest one says; false when there is no such rule.</summary>
    public Task<bool> ReplaceAsync(Guid id, AlertDefinition definition, DateTimeOffset? mutedUntil, CancellationToken cancellationToken) =>
        InTransactionAsync(async (connection, token) =>
        {
            if (await LockAsync(connection, id, token) is not { } newest)
                return false;
            await using (var mute = new NpgsqlCommand("UPDATE alert_rules SET muted_until = $2 WHERE id = $1", connection))
            {
                mute.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
                Add(mute, mutedUntil);
                await mute.ExecuteNonQueryAsync(token);
            }
            if (newest.Definition == definition)
                return true;
            var from = await EndAsync(connection, newest, "UPDATE alert_rules SET version = version + 1 WHERE id = $1", token);
            await InsertAsync(connection, id, newest.Version + 1, definition, from, token);
            return true;
        }, cancellationToken);

    /// <summary>Ends a rule; false when there is none.</summary>
    public Task<bool> DeleteAsync(Guid id, CancellationToken cancellationToken) => InTransactionAsync(async (connection, token) =>
    {
        if (await LockAsync(connection, id, token) is not { } newest)
            return false;
        await EndAsync(connection, newest, "UPDATE alert_rules SET deleted_at = now() WHERE id = $1", token);
        return true;
    }, cancellationToken);

    /// <summary>Mutes a rule, or with null unmutes it; false when there is none.</summary>
    public Task<bool> MuteAsync(Guid id, DateTimeOffset? until, CancellationToken cancellationToken) => executor.WriteAsync(async token =>
    {
        await using var command = dataSource.CreateCommand("UPDATE alert_rules SET muted_until = $2 WHERE id = $1 AND deleted_at IS NULL");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        Add(command, until);
        return await command.ExecuteNonQueryAsync(token) == 1;
    }, cancellationToken);

    private static async Task<AlertRule?> LockAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"{Newest} WHERE r.id = $1 AND r.deleted_at IS NULL FOR UPDATE OF r", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? RuleReader.Read(reader) : null;
    }

    // Transactions may get the rule's lock in another order than they began: a version never ends before it began.
    private static async Task<DateTime> EndAsync(NpgsqlConnection connection, AlertRule newest, string then, CancellationToken cancellationToken)
    {
        await using var end = new NpgsqlCommand(
            """
            UPDATE alert_rule_versions SET valid_to = greatest(now(), valid_from + interval '1 microsecond')
            WHERE rule_id = $1 AND version = $2 RETURNING valid_to
            """, connection);
        end.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = newest.Id });
        end.Parameters.Add(new NpgsqlParameter<int> { TypedValue = newest.Version });
        var at = (DateTime)(await end.ExecuteScalarAsync(cancellationToken))!;
        await using var rule = new NpgsqlCommand(then, connection);
        rule.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = newest.Id });
        await rule.ExecuteNonQueryAsync(cancellationToken);
        return at;
    }

    private static async Task InsertAsync(
        NpgsqlConnection connection, Guid id, int version, AlertDefinition definition, DateTime from, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(InsertVersion, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = version });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = definition.Name });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = WireNames.Of(definition.Measure) });
        Add(command, NpgsqlDbType.Text, definition.Aggregate is { } aggregate ? WireNames.Of(aggregate) : null);
        Add(command, NpgsqlDbType.Interval, definition.Span);
        command.Parameters.Add(new NpgsqlParameter<decimal> { TypedValue = definition.Above });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = definition.For });
        command.Parameters.Add(new NpgsqlParameter<decimal> { TypedValue = definition.Below });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = definition.ClearFor });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = WireNames.Of(definition.Severity) });
        Add(command, NpgsqlDbType.Uuid, definition.UserId);
        Add(command, NpgsqlDbType.Uuid, definition.InstanceId);
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = definition.Enabled });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = from });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private Task<T> InTransactionAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> action, CancellationToken cancellationToken) => executor.WriteAsync(async token =>
    {
        await using var connection = await dataSource.OpenConnectionAsync(token);
        await using var transaction = await connection.BeginTransactionAsync(token);
        var result = await action(connection, token);
        await transaction.CommitAsync(token);
        return result;
    }, cancellationToken);

    private static async Task<List<AlertRuleView>> ViewsAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var views = new List<AlertRuleView>();
        while (await reader.ReadAsync(cancellationToken))
            views.Add(AlertRuleView.Of(RuleReader.Read(reader), Rows.Value<DateTimeOffset>(reader, RuleReader.Count)));
        return views;
    }

    private static void Add(NpgsqlCommand command, DateTimeOffset? time) => Add(command, NpgsqlDbType.TimestampTz, time?.UtcDateTime);

    private static void Add(NpgsqlCommand command, NpgsqlDbType type, object? value) =>
        command.Parameters.Add(new() { Value = value ?? DBNull.Value, NpgsqlDbType = type });
}
