using LaunchStack.Aggregator.Alerts.Listing;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Usage.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>Routes, and notifications as administrators see them.</summary>
internal sealed class NotificationRouteStore(NpgsqlDataSource dataSource, DatabaseExecutor executor)
{
    /// <summary>All routes, in order of name; or one.</summary>
    public Task<List<NotificationRoute>> ListAsync(Guid? id, CancellationToken cancellationToken) => executor.RunAsync(async token =>
    {
        await using var command = dataSource.CreateCommand(
            $"SELECT {RouteReader.Columns} FROM notification_routes r WHERE r.deleted_at IS NULL AND ($1 IS NULL OR r.id = $1) ORDER BY r.name, r.id");
        Add(command, NpgsqlDbType.Uuid, id);
        await using var reader = await command.ExecuteReaderAsync(token);
        var routes = new List<NotificationRoute>();
        while (await reader.ReadAsync(token))
            routes.Add(RouteReader.Read(reader, 0));
        return routes;
    }, cancellationToken);

    /// <summary>Inserts or replaces.</summary>
    public Task<int> SaveAsync(NotificationRoute route, CancellationToken cancellationToken) => executor.WriteAsync(async token =>
    {
        await using var command = dataSource.CreateCommand(
            """
            INSERT INTO notification_routes (id, name, kind, severities, user_id, target, secret, enabled) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, severities = excluded.severities, user_id = excluded.user_id,
                target = excluded.target, secret = excluded.secret, enabled = excluded.enabled
            """);
        Add(command, NpgsqlDbType.Uuid, route.Id);
        Add(command, NpgsqlDbType.Text, route.Name);
        Add(command, NpgsqlDbType.Text, WireNames.Of(route.Kind));
        Add(command, NpgsqlDbType.Array | NpgsqlDbType.Text, route.Severities.Select(WireNames.Of).ToArray());
        Add(command, NpgsqlDbType.Uuid, route.UserId);
        Add(command, NpgsqlDbType.Text, route.Target);
        Add(command, NpgsqlDbType.Bytea, route.Secret);
        Add(command, NpgsqlDbType.Boolean, route.Enabled);
        return await command.ExecuteNonQueryAsync(token);
    }, cancellationToken);

    /// <summary>Ends a route, and forgets its secret and where it led; false when there is none.</summary>
    public Task<bool> DeleteAsync(Guid id, CancellationToken cancellationToken) => executor.WriteAsync(async token =>
    {
        await using var command = dataSource.CreateCommand(
            "UPDATE notification_routes SET deleted_at = now(), secret = NULL, target = NULL WHERE id = $1 AND kind <> 'log' AND deleted_at IS NULL");
        Add(command, NpgsqlDbType.Uuid, id);
        return await command.ExecuteNonQueryAsync(token) == 1;
    }, cancellationToken);

    /// <summary>Notifications, newest first.</summary>
    public Task<List<NotificationView>> NotificationsAsync(string? state, Guid? route, ListQuery query, CancellationToken cancellationToken) => executor.RunAsync(async token =>
    {
        await using var command = dataSource.CreateCommand(
            """
            SELECT n.id, n.route_id, n.state, (SELECT count(*) FROM notification_alerts a WHERE a.notification_id = n.id), n.attempts, n.due_at,
                   n.last_error, n.created_at, n.sent_at
            FROM notifications n
            WHERE ($1::text IS NULL OR n.state = $1) AND ($2::uuid IS NULL OR n.route_id = $2)
              AND ($3::timestamptz IS NULL OR n.created_at >= $3) AND ($4::timestamptz IS NULL OR n.created_at < $4)
              AND ($5::timestamptz IS NULL OR (n.created_at, n.id) < ($5, $6))
            ORDER BY n.created_at DESC, n.id DESC LIMIT $7
            """);
        Add(command, NpgsqlDbType.Text, state);
        Add(command, NpgsqlDbType.Uuid, route);
        Add(command, NpgsqlDbType.TimestampTz, query.From?.UtcDateTime);
        Add(command, NpgsqlDbType.TimestampTz, query.To?.UtcDateTime);
        Add(command, NpgsqlDbType.TimestampTz, query.After?.At.UtcDateTime);
        Add(command, NpgsqlDbType.Uuid, query.After?.Id ?? Guid.Empty);
        Add(command, NpgsqlDbType.Integer, query.Limit);
        await using var reader = await command.ExecuteReaderAsync(token);
        var notifications = new List<NotificationView>();
        while (await reader.ReadAsync(token))
            notifications.Add(new(
                reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetInt64(3), reader.GetInt32(4), Rows.Time(reader, 5),
                reader.IsDBNull(6) ? null : reader.GetString(6), Rows.Time(reader, 7), Rows.Value<DateTimeOffset>(reader, 8)));
        return notifications;
    }, cancellationToken);

    /// <summary>Sends a notification that has failed for good again, from the first attempt on; false when there is no such one.</summary>
    public Task<bool> RetryAsync(Guid id, CancellationToken cancellationToken) => executor.WriteAsync(async token =>
    {
        await using var command = dataSource.CreateCommand(
            "UPDATE notifications SET state = 'waiting', attempts = 0, due_at = now() WHERE id = $1 AND state = 'failed'");
        Add(command, NpgsqlDbType.Uuid, id);
        return await command.ExecuteNonQueryAsync(token) == 1;
    }, cancellationToken);

    private static void Add(NpgsqlCommand command, NpgsqlDbType type, object? value) =>
        command.Parameters.Add(new() { Value = value ?? DBNull.Value, NpgsqlDbType = type });
}
