using LaunchStack.Aggregator.Alerts.Listing;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Usage.Database;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>Routes, and notifications as administrators see them.</summary>
internal sealed class NotificationRouteStore(DatabaseExecutor executor)
{
    /// <summary>All routes, in order of name; or one.</summary>
    public Task<List<NotificationRoute>> ListAsync(Guid? id, CancellationToken cancellationToken) => executor.ReadAsync(
        (connection, token) => connection.QueryAsync(
            $"SELECT {RouteReader.Columns} FROM notification_routes r WHERE r.deleted_at IS NULL AND ($1::uuid IS NULL OR r.id = $1) ORDER BY r.name, r.id",
            row => RouteReader.Read(row, 0), token, id),
        cancellationToken);

    /// <summary>Inserts or replaces.</summary>
    public Task<int> SaveAsync(NotificationRoute route, CancellationToken cancellationToken) => executor.WriteAsync(
        (connection, token) => connection.ExecuteAsync(
            """
            INSERT INTO notification_routes (id, name, kind, severities, user_id, target, secret, enabled) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, severities = excluded.severities, user_id = excluded.user_id,
                target = excluded.target, secret = excluded.secret, enabled = excluded.enabled
            """,
            token, route.Id, route.Name, WireNames.Of(route.Kind), route.Severities.Select(WireNames.Of).ToArray(), route.UserId, route.Target,
            route.Secret, route.Enabled),
        cancellationToken);

    /// <summary>Ends a route, and forgets its secret and where it led; false when there is none.</summary>
    public Task<bool> DeleteAsync(Guid id, CancellationToken cancellationToken) => executor.WriteAsync(
        "UPDATE notification_routes SET deleted_at = now(), secret = NULL, target = NULL WHERE id = $1 AND kind <> 'log' AND deleted_at IS NULL",
        cancellationToken, id);

    /// <summary>Notifications, newest first.</summary>
    public Task<List<NotificationView>> NotificationsAsync(string? state, Guid? route, ListQuery query, CancellationToken cancellationToken) => executor.ReadAsync(
        (connection, token) => connection.QueryAsync(
            """
            SELECT n.id, n.route_id, n.state, (SELECT count(*) FROM notification_alerts a WHERE a.notification_id = n.id), n.attempts, n.due_at,
                   n.last_error, n.created_at, n.sent_at
            FROM notifications n
            WHERE ($1::text IS NULL OR n.state = $1) AND ($2::uuid IS NULL OR n.route_id = $2)
              AND ($3::timestamptz IS NULL OR n.created_at >= $3) AND ($4::timestamptz IS NULL OR n.created_at < $4)
              AND ($5::timestamptz IS NULL OR (n.created_at, n.id) < ($5, $6))
            ORDER BY n.created_at DESC, n.id DESC LIMIT $7
            """,
            row => new NotificationView(
                row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetInt64(3), row.GetInt32(4), row.GetFieldValue<DateTimeOffset>(5), row.Text(6),
                row.GetFieldValue<DateTimeOffset>(7), row.Value<DateTimeOffset>(8)),
            token, [state, route, .. query.Page]),
        cancellationToken);

    /// <summary>Sends a notification that has failed for good again, from the first attempt on; false when there is no such one.</summary>
    public Task<bool> RetryAsync(Guid id, CancellationToken cancellationToken) => executor.WriteAsync(
        "UPDATE notifications SET state = 'waiting', attempts = 0, due_at = now() WHERE id = $1 AND state = 'failed'", cancellationToken, id);
}
