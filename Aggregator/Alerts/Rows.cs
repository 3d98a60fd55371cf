using Npgsql;

namespace LaunchStack.Aggregator.Alerts;

/// <summary>Values of a row.</summary>
internal static class Rows
{
    public static T? Value<T>(NpgsqlDataReader reader, int column) where T : struct => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);

    public static DateTimeOffset Time(NpgsqlDataReader reader, int column) => reader.GetFieldValue<DateTimeOffset>(column);
}
