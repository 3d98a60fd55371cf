using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Alerts.Rules;

/// <summary>Reads versions of rules from a row.</summary>
internal static class RuleReader
{
    /// <summary>Columns of <c>alert_rule_versions v</c>, in the order that <see cref="Read"/> takes them.</summary>
    public const string Columns =
        """
        v.rule_id, v.version, v.name, v.measure, v.aggregate, v.span, v.above, v.raise_after, v.below, v.clear_after, v.severity,
        v.user_id, v.instance_id, v.enabled, v.valid_from, v.valid_to
        """;

    /// <summary>How many they are.</summary>
    public const int Count = 16;

    public static AlertRule Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetInt32(1),
        new(
            reader.GetString(2), WireNames.Parse<AlertMeasure>(reader.GetString(3)),
            reader.IsDBNull(4) ? null : WireNames.Parse<AlertAggregate>(reader.GetString(4)), reader.Value<TimeSpan>(5),
            reader.GetDecimal(6), reader.GetTimeSpan(7), reader.GetDecimal(8), reader.GetTimeSpan(9),
            WireNames.Parse<AlertSeverity>(reader.GetString(10)), reader.Value<Guid>(11), reader.Value<Guid>(12), reader.GetBoolean(13)),
        reader.GetFieldValue<DateTimeOffset>(14), reader.Value<DateTimeOffset>(15));
}
