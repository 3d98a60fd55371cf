using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>The notifications as rows: collected, leased by a sender, sent or failed.</summary>
internal sealed class NotificationQueue(NpgsqlDataSource dataSource, NotificationOptions options)
{
    private const int MaxAlerts = 100;
    private const int Batch = 20;

    // Longer than a batch of attempts may take; a sender that dies with it leaves its notifications to the others this long.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan MaxRetryPause = TimeSpan.FromHours(1);

    // A month's are looked at; a busy platform makes thousands a day.
    private static readonly TimeSpan Retention = TimeSpan.FromDays(30);

    // What each route has not been told yet: alerts that are open (again after a while), and those just resolved. A muted rule's
    // are told when it is muted no more; the end of one that was told is told always.
    private const string EnqueueSql =
        """
        WITH routed AS (
            SELECT a.id AS alert_id, r.id AS route_id, a.resolved_at IS NOT NULL AS resolved, coalesce(u.muted_until > now(), false) AS muted,
                   (SELECT max(n.created_at) FROM notification_alerts n WHERE n.alert_id = a.id AND n.route_id = r.id) AS told_at
            FROM alerts a
            JOIN alert_rules u ON u.id = a.rule_id
            JOIN notification_routes r ON r.enabled AND r.deleted_at IS NULL AND a.severity = ANY (r.severities)
                 AND (r.user_id IS NULL OR r.user_id = a.user_id)
            WHERE a.resolved_at IS NULL OR a.id = ANY ($1)),
        due AS (
            SELECT alert_id, route_id, CASE WHEN resolved THEN 'resolved' WHEN told_at IS NULL THEN 'raised' ELSE 'repeated' END AS kind
            FROM routed
            WHERE CASE WHEN resolved THEN told_at IS NOT NULL OR NOT muted ELSE NOT muted AND (told_at IS NULL OR told_at <= now() - $2) END),
        groups AS (
            INSERT INTO notifications (route_id, state, due_at) SELECT DISTINCT route_id, 'collecting', now() + $3 FROM due
            ON CONFLICT (route_id) WHERE state = 'collecting' DO UPDATE SET route_id = excluded.route_id
            RETURNING id, route_id)
        INSERT INTO notification_alerts (alert_id, route_id, kind, notification_id)
        SELECT d.alert_id, d.route_id, d.kind, g.id FROM due d JOIN groups g USING (route_id)
        """;

    private const string ClaimSql =
        $"""
        UPDATE notifications n SET state = 'waiting', attempts = n.attempts + 1, claimed_until = now() + $1
        FROM notification_routes r
        WHERE r.id = n.route_id AND n.id IN (
            SELECT id FROM notifications WHERE state IN ('collecting', 'waiting') AND due_at <= now() AND (claimed_until IS NULL OR claimed_until < now())
            ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING n.id, n.attempts, n.payload, r.deleted_at IS NOT NULL, {RouteReader.Columns}
        """;

    private const string AlertsSql =
        """
        SELECT n.kind, a.id, a.rule_id, a.version, v.name, a.severity, a.measure, nullif(a.instance_id, '00000000-0000-0000-0000-000000000000'),
               i.name, a.user_id, a.value, a."limit", a.since, a.raised_at,
               CASE n.kind WHEN 'resolved' THEN a.resolved_at END, CASE n.kind WHEN 'resolved' THEN a.resolution END, count(*) OVER ()
        FROM notification_alerts n JOIN alerts a ON a.id = n.alert_id
        JOIN alert_rule_versions v USING (rule_id, version)
        LEFT JOIN instances i ON i.id = a.instance_id
        WHERE n.notification_id = $1 ORDER BY n.created_at, a.raised_at, a.id, n.kind LIMIT $2
        """;

    /// <summary>The statement that collects what there is to tell; runs in the transaction that raised and resolved it.</summary>
    public static NpgsqlBatchCommand Enqueue(Guid[] resolved, NotificationOptions options) => new(EnqueueSql)
    {
        Parameters =
        {
            new NpgsqlParameter<Guid[]> { TypedValue = resolved },
            new NpgsqlParameter<TimeSpan> { TypedValue = options.RepeatAfter },
            new NpgsqlParameter<TimeSpan> { TypedValue = options.GroupFor },
        },
    };

    /// <summary>Leases those that are due.</summary>
    public async Task<IReadOnlyList<ClaimedNotification>> ClaimAsync(CancellationToken cancellationToken) => await dataSource.QueryAsync(
        ClaimSql,
        row => new ClaimedNotification(row.GetGuid(0), row.GetInt32(1), row.Text(2), row.GetBoolean(3) ? null : RouteReader.Read(row, 4)),
        cancellationToken, Lease, Batch);

    /// <summary>Puts the payload together and keeps it: each attempt repeats the same bytes.</summary>
    public async Task<string> ComposeAsync(Guid id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var count = 0L;
        var alerts = await dataSource.QueryAsync(
            AlertsSql,
            row =>
            {
                count = row.GetInt64(16);
                return new NotifiedAlert(
                    row.GetString(0), row.GetGuid(1), row.GetGuid(2), row.GetInt32(3), row.GetString(4), row.GetString(5), row.GetString(6),
                    row.Value<Guid>(7), row.Text(8), row.Value<Guid>(9), row.GetDecimal(10), row.GetDecimal(11), row.GetFieldValue<DateTimeOffset>(12),
                    row.GetFieldValue<DateTimeOffset>(13), row.Value<DateTimeOffset>(14), row.Text(15));
            },
            cancellationToken, id, MaxAlerts);
        var payload = NotificationJson.Write(new(NotificationMessage.Changed, now, new(id, (int)count, alerts)));
        return (await dataSource.ScalarAsync<string>(
            "UPDATE notifications SET payload = coalesce(payload, $2) WHERE id = $1 RETURNING payload", cancellationToken, id, payload))!;
    }

    /// <summary>Removes what was sent long ago, unless it says that an alert was told which is still there.</summary>
    public Task PruneAsync(CancellationToken cancellationToken) => dataSource.ExecuteAsync(
        """
        DELETE FROM notifications n WHERE n.state = 'sent' AND n.created_at < now() - $1 AND NOT EXISTS (
            SELECT FROM notification_alerts t JOIN alerts a ON a.id = t.alert_id WHERE t.notification_id = n.id AND a.resolved_at IS NULL)
        """, cancellationToken, Retention);

    /// <summary>Writes down that it was taken.</summary>
    public Task SentAsync(Guid id, CancellationToken cancellationToken) =>
        FinishAsync(id, "sent", null, TimeSpan.Zero, cancellationToken);

    /// <summary>Writes down that an attempt failed: it comes again, or has failed for good.</summary>
    /// <returns>Whether it comes again.</returns>
    public async Task<bool> AttemptFailedAsync(ClaimedNotification notification, string error, CancellationToken cancellationToken)
    {
        var again = notification.Route is not null && notification.Attempts < options.MaxAttempts;
        await FinishAsync(notification.Id, again ? "waiting" : "failed", error, Pause(notification.Attempts), cancellationToken);
        return again;
    }

    /// <summary>The pause after an attempt: each four times as long as the one before.</summary>
    internal TimeSpan Pause(int attempts)
    {
        var pause = options.FirstRetry;
        for (var i = 1; i < attempts && pause < MaxRetryPause; i++)
            pause *= 4;
        return pause < MaxRetryPause ? pause : MaxRetryPause;
    }

    // A sender that was slower than its lease may come late: what was sent stays sent.
    private Task<int> FinishAsync(Guid id, string state, string? error, TimeSpan pause, CancellationToken cancellationToken) => dataSource.ExecuteAsync(
        """
        UPDATE notifications SET state = $2, last_error = coalesce($3, last_error), due_at = now() + $4, claimed_until = NULL,
                                 sent_at = CASE $2 WHEN 'sent' THEN now() END
        WHERE id = $1 AND state <> 'sent'
        """, cancellationToken, id, state, error, pause);
}
