using LaunchStack.Usage.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Alerts.Listing;

/// <summary>Reads alerts, states and transitions, page by page.</summary>
internal sealed class AlertLists(NpgsqlDataSource dataSource, DatabaseExecutor executor)
{
    private const string Nobody = "'00000000-0000-0000-0000-000000000000'::uuid";

    private const string AlertsSql =
        """
        SELECT a.id, a.rule_id, a.version, v.name, a.severity, a.measure, a.instance_id, a.user_id, a.state, a.value, a."limit", a.since,
               a.raised_at, a.resolved_at, a.resolution, r.muted_until, (SELECT name FROM instances i WHERE i.id = a.instance_id)
        FROM alerts a JOIN alert_rule_versions v USING (rule_id, version) JOIN alert_rules r ON r.id = a.rule_id
        WHERE ($1::uuid IS NULL OR a.user_id = $1) AND ($2::uuid IS NULL OR a.instance_id = $2)
          AND ($3::text IS NULL OR a.state = $3) AND ($4::uuid IS NULL OR a.user_id = $4) AND ($5::uuid IS NULL OR a.instance_id = $5)
          AND ($6::timestamptz IS NULL OR a.resolved_at IS NULL OR a.resolved_at > $6) AND ($7::timestamptz IS NULL OR a.since < $7)
          AND ($8::timestamptz IS NULL OR (a.raised_at, a.id) < ($8, $9))
        ORDER BY a.raised_at DESC, a.id DESC LIMIT $10
        """;

    // A state has no id of its own; one that pages can go by is made of what it belongs to.
    private const string StatesSql =
        $"""
        SELECT * FROM (
            SELECT md5(s.rule_id::text || s.version || s.instance_id)::uuid AS id, s.rule_id, s.version, v.name, v.severity, v.measure, s.instance_id,
                   i.user_id, s.state, s.value, v.above, s.since, NULL::timestamptz, NULL::timestamptz, NULL::text, r.muted_until, i.name AS instance_name
            FROM alert_states s JOIN alert_rule_versions v USING (rule_id, version) JOIN alert_rules r ON r.id = s.rule_id
            LEFT JOIN instances i ON i.id = s.instance_id
            WHERE v.enabled AND v.valid_to IS NULL AND s.instance_id <> {Nobody}
              AND ($1::uuid IS NULL OR i.user_id = $1) AND ($2::uuid IS NULL OR s.instance_id = $2)
              AND s.state = $3 AND ($4::uuid IS NULL OR i.user_id = $4) AND ($5::uuid IS NULL OR s.instance_id = $5)
              AND ($7::timestamptz IS NULL OR s.since < $7)) u
        WHERE ($6::timestamptz IS NULL OR u.since >= $6) AND ($8::timestamptz IS NULL OR (u.since, u.id) < ($8, $9))
        ORDER BY u.since DESC, u.id DESC LIMIT $10
        """;

    private const string TransitionsSql =
        """
        SELECT t.tick, t.instance_id, t.from_state, t.to_state, t.value, t.since, t.reason FROM alert_transitions t
        LEFT JOIN instances i ON i.id = t.instance_id
        WHERE ($1::uuid IS NULL OR i.user_id = $1) AND ($2::uuid IS NULL OR t.instance_id = $2)
          AND t.rule_id = $3 AND t.version = $4 AND ($5::uuid IS NULL OR t.instance_id = $5)
          AND ($6::timestamptz IS NULL OR t.tick >= $6) AND ($7::timestamptz IS NULL OR t.tick < $7)
          AND ($8::timestamptz IS NULL OR (t.tick, t.instance_id) > ($8, $9))
        ORDER BY t.tick, t.instance_id LIMIT $10
        """;

    /// <summary>Alerts, newest first; of state <c>pending</c>, <c>silent</c> or <c>inactive</c> the states that raised none.</summary>
    public Task<List<AlertView>> AlertsAsync(
        Viewer viewer, string? state, Guid? user, Guid? instance, ListQuery query, CancellationToken cancellationToken) => executor.RunAsync(async token =>
    {
        await using var command = dataSource.CreateCommand(state is "pending" or "silent" or "inactive" ? StatesSql : AlertsSql);
        viewer.AddTo(command);
        Add(command, NpgsqlDbType.Text, state);
        Add(command, NpgsqlDbType.Uuid, user);
        Add(command, NpgsqlDbType.Uuid, instance);
        AddPage(command, query);
        await using var reader = await command.ExecuteReaderAsync(token);
        var alerts = new List<AlertView>();
        while (await reader.ReadAsync(token))
            alerts.Add(new(
                reader.GetGuid(0), reader.GetGuid(1), reader.GetInt32(2), reader.GetString(3), reader.GetString(4), reader.GetString(5),
                Instance(reader.GetGuid(6)), Rows.Value<Guid>(reader, 7), reader.GetString(8), Rows.Value<decimal>(reader, 9), reader.GetDecimal(10),
                Rows.Time(reader, 11), Rows.Value<DateTimeOffset>(reader, 12), Rows.Value<DateTimeOffset>(reader, 13),
                reader.IsDBNull(14) ? null : reader.GetString(14), Rows.Value<DateTimeOffset>(reader, 15),
                reader.IsDBNull(16) ? null : reader.GetString(16)));
        return alerts;
    }, cancellationToken);

    /// <summary>The stored transitions of a version, oldest first.</summary>
    public Task<List<TransitionView>> TransitionsAsync(
        Viewer viewer, Guid rule, int version, Guid? instance, ListQuery query, CancellationToken cancellationToken) => executor.RunAsync(async token =>
    {
        await using var command = dataSource.CreateCommand(TransitionsSql);
        viewer.AddTo(command);
        Add(command, NpgsqlDbType.Uuid, rule);
        Add(command, NpgsqlDbType.Integer, version);
        Add(command, NpgsqlDbType.Uuid, instance);
        AddPage(command, query);
        await using var reader = await command.ExecuteReaderAsync(token);
        var transitions = new List<TransitionView>();
        while (await reader.ReadAsync(token))
            transitions.Add(new(
                Rows.Time(reader, 0), Instance(reader.GetGuid(1)), reader.GetString(2), reader.GetString(3), Rows.Value<decimal>(reader, 4),
                Rows.Time(reader, 5), reader.GetString(6)));
        return transitions;
    }, cancellationToken);

    private static Guid? Instance(Guid id) => id == Guid.Empty ? null : id;

    private static void AddPage(NpgsqlCommand command, ListQuery query)
    {
        Add(command, NpgsqlDbType.TimestampTz, query.From?.UtcDateTime);
        Add(command, NpgsqlDbType.TimestampTz, query.To?.UtcDateTime);
        Add(command, NpgsqlDbType.TimestampTz, query.After?.At.UtcDateTime);
        Add(command, NpgsqlDbType.Uuid, query.After?.Id ?? Guid.Empty);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = query.Limit });
    }

    private static void Add(NpgsqlCommand command, NpgsqlDbType type, object? value) =>
        command.Parameters.Add(new() { Value = value ?? DBNull.Value, NpgsqlDbType = type });
}
