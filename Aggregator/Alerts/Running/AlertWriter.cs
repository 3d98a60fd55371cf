using System.Diagnostics;
using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Notifications;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Usage.Outbox;
using Npgsql;
using NpgsqlTypes;
using static LaunchStack.Usage.Database.SqlExtensions;

namespace LaunchStack.Aggregator.Alerts.Running;

/// <summary>Writes what ticks brought: progress, states, transitions, alerts, events and notifications in one transaction.</summary>
internal sealed class AlertWriter(NpgsqlDataSource dataSource, NotificationOptions notifications, OutboxSignal outbox)
{
    private const string States =
        """
        INSERT INTO alert_states SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (rule_id, version, instance_id) DO UPDATE SET
            state = excluded.state, held = excluded.held, since = excluded.since, value = excluded.value, last_at = excluded.last_at
        """;

    private const string Transitions =
        """
        INSERT INTO alert_transitions (rule_id, version, instance_id, tick, from_state, to_state, held, since, value, last_at, reason)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """;

    private const string Raised =
        """
        INSERT INTO alerts (id, rule_id, version, instance_id, user_id, severity, measure, state, value, "limit", since, raised_at)
        SELECT id, rule_id, version, instance_id, user_id, severity, measure, 'firing', value, "limit", since, raised_at
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            u (id, rule_id, version, instance_id, user_id, severity, measure, value, "limit", since, raised_at)
        """;

    private const string Moved =
        """
        UPDATE alerts a SET state = u.state, resolved_at = u.resolved_at, resolution = u.resolution
        FROM unnest($1, $2, $3, $4) u (id, state, resolved_at, resolution) WHERE a.id = u.id
        """;

    /// <summary>False when another aggregator has written these ticks: then nothing is kept.</summary>
    public async Task<bool> WriteAsync(TickResult result, DateTimeOffset done, DateTimeOffset to, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await AlertStore.AdvanceAsync(connection, done, to, cancellationToken))
            return false;

        await using var batch = new NpgsqlBatch(connection, transaction) { Timeout = 120 };
        AddStates(batch, result.Changed);
        AddTransitions(batch, result.Transitions);
        var resolved = AddAlerts(batch, result.Transitions);
        AddEvents(batch, result.Transitions);
        batch.BatchCommands.Add(NotificationQueue.Enqueue(resolved, notifications));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (result.Transitions.Count > 0)
            outbox.Notify();
        return true;
    }

    private static void AddStates(NpgsqlBatch batch, IReadOnlyList<(StateKey Key, AlertState State)> changed)
    {
        if (changed.Count > 0)
            Add(
                batch, States,
                ArrayOf(changed.Select(c => c.Key.RuleId), NpgsqlDbType.Uuid),
                ArrayOf(changed.Select(c => c.Key.Version), NpgsqlDbType.Integer),
                ArrayOf(changed.Select(c => c.Key.InstanceId), NpgsqlDbType.Uuid),
                ArrayOf(changed.Select(c => WireNames.Of(c.State.Status)), NpgsqlDbType.Text),
                ArrayOf(changed.Select(c => c.State.Held), NpgsqlDbType.Integer),
                Times(changed.Select(c => (DateTimeOffset?)c.State.Since)),
                ArrayOf(changed.Select(c => c.State.Value), NpgsqlDbType.Numeric),
                Times(changed.Select(c => c.State.LastAt)),
                Times(changed.Select(c => (DateTimeOffset?)c.State.KnownSince)));
    }

    private static void AddTransitions(NpgsqlBatch batch, IReadOnlyList<AlertTransition> transitions)
    {
        if (transitions.Count > 0)
            Add(
                batch, Transitions,
                ArrayOf(transitions.Select(t => t.Rule.Id), NpgsqlDbType.Uuid),
                ArrayOf(transitions.Select(t => t.Rule.Version), NpgsqlDbType.Integer),
                ArrayOf(transitions.Select(t => t.InstanceId), NpgsqlDbType.Uuid),
                Times(transitions.Select(t => (DateTimeOffset?)t.Tick)),
                ArrayOf(transitions.Select(t => WireNames.Of(t.From)), NpgsqlDbType.Text),
                ArrayOf(transitions.Select(t => WireNames.Of(t.To.Status)), NpgsqlDbType.Text),
                ArrayOf(transitions.Select(t => t.To.Held), NpgsqlDbType.Integer),
                Times(transitions.Select(t => (DateTimeOffset?)t.To.Since)),
                ArrayOf(transitions.Select(t => t.To.Value), NpgsqlDbType.Numeric),
                Times(transitions.Select(t => t.To.LastAt)),
                ArrayOf(transitions.Select(t => t.Reason), NpgsqlDbType.Text));
    }

    // The last change of each alert counts: several ticks may be written at once.
    private static Guid[] AddAlerts(NpgsqlBatch batch, IReadOnlyList<AlertTransition> transitions)
    {
        var raised = transitions.Where(t => t.Raises).ToList();
        if (raised.Count > 0)
            Add(
                batch, Raised,
                ArrayOf(raised.Select(t => t.AlertId), NpgsqlDbType.Uuid),
                ArrayOf(raised.Select(t => t.Rule.Id), NpgsqlDbType.Uuid),
                ArrayOf(raised.Select(t => t.Rule.Version), NpgsqlDbType.Integer),
                ArrayOf(raised.Select(t => t.InstanceId), NpgsqlDbType.Uuid),
                ArrayOf(raised.Select(t => t.UserId), NpgsqlDbType.Uuid),
                ArrayOf(raised.Select(t => WireNames.Of(t.Rule.Definition.Severity)), NpgsqlDbType.Text),
                ArrayOf(raised.Select(t => WireNames.Of(t.Rule.Definition.Measure)), NpgsqlDbType.Text),
                ArrayOf(raised.Select(t => t.To.Value), NpgsqlDbType.Numeric),
                ArrayOf(raised.Select(t => t.Rule.Definition.Above), NpgsqlDbType.Numeric),
                Times(raised.Select(t => (DateTimeOffset?)t.To.Since)),
                Times(raised.Select(t => (DateTimeOffset?)t.Tick)));

        var moved = transitions.Where(t => t.Resolves || t.To.IsRaised).GroupBy(t => t.AlertId).Select(g => g.Last()).ToList();
        if (moved.Count > 0)
            Add(
                batch, Moved,
                ArrayOf(moved.Select(t => t.AlertId), NpgsqlDbType.Uuid),
                ArrayOf(moved.Select(t => t.Resolves ? "resolved" : WireNames.Of(t.To.Status)), NpgsqlDbType.Text),
                Times(moved.Select(t => t.Resolves ? t.Tick : (DateTimeOffset?)null)),
                ArrayOf(moved.Select(t => t.Resolves ? t.Reason : null), NpgsqlDbType.Text));
        return [.. moved.Where(t => t.Resolves).Select(t => t.AlertId)];
    }

    private static void AddEvents(NpgsqlBatch batch, IReadOnlyList<AlertTransition> transitions)
    {
        foreach (var told in transitions.Where(t => t.Raises || t.Resolves).OrderBy(t => t.Tick))
            batch.BatchCommands.Add(told.Raises
                ? OutboxTable.Insert(AlertEvents.Raised(told), Activity.Current)
                : OutboxTable.Insert(AlertEvents.Resolved(told), Activity.Current));
    }

    private static void Add(NpgsqlBatch batch, string sql, params NpgsqlParameter[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddRange(values);
        batch.BatchCommands.Add(command);
    }

    private static NpgsqlParameter Times(IEnumerable<DateTimeOffset?> times) => ArrayOf(times.Select(time => time?.UtcDateTime), NpgsqlDbType.TimestampTz);
}
