using Npgsql;

namespace LaunchStack.Usage.History;

/// <summary>Reads a row of <see cref="HistorySql.Pieces"/>.</summary>
internal static class PartialAggregateReader
{
    public static PartialAggregate Sample(NpgsqlDataReader row)
    {
        var (cpu, memory, disk) = (Value<double>(row, 1), Value<long>(row, 2), Value<long>(row, 4));
        return new(
            row.GetFieldValue<DateTimeOffset>(0), 1,
            cpu, cpu is null ? 0 : 1, cpu,
            memory, memory is null ? 0 : 1, memory, Value<long>(row, 3),
            disk, disk is null ? 0 : 1,
            CounterSpan.Of(Value<long>(row, 5)), CounterSpan.Of(Value<long>(row, 6)));
    }

    public static PartialAggregate Rollup(NpgsqlDataReader row) => new(
        row.GetFieldValue<DateTimeOffset>(0), row.GetInt64(1),
        Value<double>(row, 2), row.GetInt64(3), Value<double>(row, 4),
        Value<decimal>(row, 5), row.GetInt64(6), Value<long>(row, 7), Value<long>(row, 8),
        Value<decimal>(row, 9), row.GetInt64(10),
        new(Value<long>(row, 11), Value<long>(row, 12), Value<decimal>(row, 13)),
        new(Value<long>(row, 14), Value<long>(row, 15), Value<decimal>(row, 16)));

    public static T? Value<T>(NpgsqlDataReader row, int column)
        where T : struct =>
        row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);
}
