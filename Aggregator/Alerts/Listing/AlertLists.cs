using LaunchStack.Aggregator.Reading;
using LaunchStack.Usage.Database;

namespace LaunchStack.Aggregator.Alerts.Listing;

/// <summary>Reads alerts, states and transitions, page by page.</summary>
internal sealed class AlertLists(DatabaseExecutor executor)
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
        Viewer viewer, string? state, Guid? user, Guid? instance, ListQuery query, CancellationToken cancellationToken) => executor.ReadAsync(
        (connection, token) => connection.QueryAsync(
            state is "pending" or "silent" or "inactive" ? StatesSql : AlertsSql,
            row => new AlertView(
                row.GetGuid(0), row.GetGuid(1), row.GetInt32(2), row.GetString(3), row.GetString(4), row.GetString(5), Instance(row.GetGuid(6)),
                row.Value<Guid>(7), row.GetString(8), row.Value<decimal>(9), row.GetDecimal(10), row.GetFieldValue<DateTimeOffset>(11),
                row.Value<DateTimeOffset>(12), row.Value<DateTimeOffset>(13), row.Text(14), row.Value<DateTimeOffset>(15), row.Text(16)),
            token, [viewer.UserId, viewer.InstanceId, state, user, instance, .. query.Page]),
        cancellationToken);

    /// <summary>The stored transitions of a version, oldest first.</summary>
    public Task<List<TransitionView>> TransitionsAsync(
        Viewer viewer, Guid rule, int version, Guid? instance, ListQuery query, CancellationToken cancellationToken) => executor.ReadAsync(
        (connection, token) => connection.QueryAsync(
            TransitionsSql,
            row => new TransitionView(
                row.GetFieldValue<DateTimeOffset>(0), Instance(row.GetGuid(1)), row.GetString(2), row.GetString(3), row.Value<decimal>(4),
                row.GetFieldValue<DateTimeOffset>(5), row.GetString(6)),
            token, [viewer.UserId, viewer.InstanceId, rule, version, instance, .. query.Page]),
        cancellationToken);

    private static Guid? Instance(Guid id) => id == Guid.Empty ? null : id;
}
