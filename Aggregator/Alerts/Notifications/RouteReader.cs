using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>Reads routes from a row.</summary>
internal static class RouteReader
{
    /// <summary>Columns of <c>notification_routes r</c>, in the order that <see cref="Read"/> takes them.</summary>
    public const string Columns = "r.id, r.name, r.kind, r.severities, r.user_id, r.target, r.secret, r.enabled";

    public static NotificationRoute Read(NpgsqlDataReader reader, int from) => new(
        reader.GetGuid(from), reader.GetString(from + 1), WireNames.Parse<RouteKind>(reader.GetString(from + 2)),
        [.. reader.GetFieldValue<string[]>(from + 3).Select(WireNames.Parse<AlertSeverity>)], reader.Value<Guid>(from + 4),
        reader.Text(from + 5), reader.IsDBNull(from + 6) ? null : reader.GetFieldValue<byte[]>(from + 6),
        reader.GetBoolean(from + 7));
}
