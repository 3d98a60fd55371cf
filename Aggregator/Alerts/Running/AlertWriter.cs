using System.Diagnostics;
using System.Text.Json;
using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Notifications;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Contracts;
using LaunchStack.Usage.Outbox;
using Npgsql;
using NpgsqlTypes;

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

    private const string Events =
        "INSERT INTO outbox (message_type, body, traceparent, tracestate) SELECT t, b::jsonb, $3, $4 FROM unnest($1, $2) WITH ORDINALITY u (t, b, n) ORDER BY n";

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
        if (changed.Count == 0)
            return;
        var command = new NpgsqlBatchCommand(States);
        Uuids(command, changed.Select(c => (Guid?)c.Key.RuleId));
        Integers(command, changed.Select(c => c.Key.Version));
        Uuids(command, changed.Select(c => (Guid?)c.Key.InstanceId));
        Texts(command, changed.Select(c => (string?)WireNames.Of(c.State.Status)));
        Integers(command, changed.Select(c => c.State.Held));
        Times(command, changed.Select(c => (DateTimeOffset?)c.State.Since));
        Numbers(command, changed.Select(c => c.State.Value));
        Times(command, changed.Select(c => c.State.LastAt));
        Times(command, changed.Select(c => (DateTimeOffset?)c.State.KnownSince));
        batch.BatchCommands.Add(command);
    }

    private static void AddTransitions(NpgsqlBatch batch, IReadOnlyList<AlertTransition> transitions)
    {
        if (transitions.Count == 0)
            return;
        var command = new NpgsqlBatchCommand(Transitions);
        Uuids(command, transitions.Select(t => (Guid?)t.Rule.Id));
        Integers(command, transitions.Select(t => t.Rule.Version));
        Uuids(command, transitions.Select(t => (Guid?)t.InstanceId));
        Times(command, transitions.Select(t => (DateTimeOffset?)t.Tick));
        Texts(command, transitions.Select(t => (string?)WireNames.Of(t.From)));
        Texts(command, transitions.Select(t => (string?)WireNames.Of(t.To.Status)));
        Integers(command, transitions.Select(t => t.To.Held));
        Times(command, transitions.Select(t => (DateTimeOffset?)t.To.Since));
        Numbers(command, transitions.Select(t => t.To.Value));
        Times(command, transitions.Select(t => t.To.LastAt));
        Texts(command, transitions.Select(t => (string?)t.Reason));
        batch.BatchCommands.Add(command);
    }

    // The last change of each alert counts: several ticks may be written at once.
    private static Guid[] AddAlerts(NpgsqlBatch batch, IReadOnlyList<AlertTransition> transitions)
    {
        var raised = transitions.Where(t => t.Raises).ToList();
        if (raised.Count > 0)
        {
            var command = new NpgsqlBatchCommand(Raised);
            Uuids(command, raised.Select(t => (Guid?)t.AlertId));
            Uuids(command, raised.Select(t => (Guid?)t.Rule.Id));
            Integers(command, raised.Select(t => t.Rule.Version));
            Uuids(command, raised.Select(t => (Guid?)t.InstanceId));
            Uuids(command, raised.Select(t => t.UserId));
            Texts(command, raised.Select(t => (string?)WireNames.Of(t.Rule.Definition.Severity)));
            Texts(command, raised.Select(t => (string?)WireNames.Of(t.Rule.Definition.Measure)));
            Numbers(command, raised.Select(t => t.To.Value));
            Numbers(command, raised.Select(t => (decimal?)t.Rule.Definition.Above));
            Times(command, raised.Select(t => (DateTimeOffset?)t.To.Since));
            Times(command, raised.Select(t => (DateTimeOffset?)t.Tick));
            batch.BatchCommands.Add(command);
        }

        var moved = transitions.Where(t => t.Resolves || t.To.IsRaised).GroupBy(t => t.AlertId).Select(g => g.Last()).ToList();
        if (moved.Count > 0)
        {
            var command = new NpgsqlBatchCommand(Moved);
            Uuids(command, moved.Select(t => (Guid?)t.AlertId));
            Texts(command, moved.Select(t => t.Resolves ? "resolved" : WireNames.Of(t.To.Status)));
            Times(command, moved.Select(t => t.Resolves ? t.Tick : (DateTimeOffset?)null));
            Texts(command, moved.Select(t => t.Resolves ? t.Reason : null));
            batch.BatchCommands.Add(command);
        }
        return [.. moved.Where(t => t.Resolves).Select(t => t.AlertId)];
    }

    private static void AddEvents(NpgsqlBatch batch, IReadOnlyList<AlertTransition> transitions)
    {
        var told = transitions.Where(t => t.Raises || t.Resolves).OrderBy(t => t.Tick).ToList();
        if (told.Count == 0)
            return;
        var command = new NpgsqlBatchCommand(Events);
        Texts(command, told.Select(t => (string?)(t.Raises ? nameof(UsageAlertRaised) : nameof(UsageAlertResolved))));
        Texts(command, told.Select(t => (string?)(t.Raises
            ? JsonSerializer.Serialize(AlertEvents.Raised(t), JsonSerializerOptions.Web)
            : JsonSerializer.Serialize(AlertEvents.Resolved(t), JsonSerializerOptions.Web))));
        command.Parameters.Add(new() { Value = (object?)Activity.Current?.Id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)Activity.Current?.TraceStateString ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        batch.BatchCommands.Add(command);
    }

    private static void Uuids(NpgsqlBatchCommand command, IEnumerable<Guid?> values) => Add(command, NpgsqlDbType.Uuid, values.ToArray());

    private static void Integers(NpgsqlBatchCommand command, IEnumerable<int> values) => Add(command, NpgsqlDbType.Integer, values.ToArray());

    private static void Texts(NpgsqlBatchCommand command, IEnumerable<string?> values) => Add(command, NpgsqlDbType.Text, values.ToArray());

    private static void Numbers(NpgsqlBatchCommand command, IEnumerable<decimal?> values) => Add(command, NpgsqlDbType.Numeric, values.ToArray());

    private static void Times(NpgsqlBatchCommand command, IEnumerable<DateTimeOffset?> values) =>
        Add(command, NpgsqlDbType.TimestampTz, values.Select(v => v?.UtcDateTime).ToArray());

    private static void Add<T>(NpgsqlBatchCommand command, NpgsqlDbType type, T[] values) =>
        command.Parameters.Add(new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | type });
}
