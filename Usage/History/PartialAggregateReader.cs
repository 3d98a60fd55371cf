using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Usage.History;

/// <summary>Reads a row of <see cref="HistorySql.Aggregates"/> or <see cref="HistorySql.Folded(SampleSource)"/>.</summary>
internal static class PartialAggregateReader
{
    /// <summary>The columns of a rollup in the order of <see cref="Rollup"/>.</summary>
    public const string RollupColumns =
        """
        bucket, sample_count, cpu_sum, cpu_count, cpu_max, memory_sum, memory_count, memory_max, memory_limit, disk_sum, disk_count,
        network_in_first, network_in_last, network_in_increase, network_out_first, network_out_last, network_out_increase
        """;

    public static PartialAggregate Sample(NpgsqlDataReader row)
    {
        var (time, values) = SampleSource.Sample(row);
        return new(
            time, 1,
            values.CpuUsage, values.CpuUsage is null ? 0 : 1, values.CpuUsage,
            values.MemoryUsage, values.MemoryUsage is null ? 0 : 1, values.MemoryUsage, values.MemoryLimit,
            values.DiskUsage, values.DiskUsage is null ? 0 : 1,
            CounterSpan.Of(values.NetworkIn), CounterSpan.Of(values.NetworkOut));
    }

    public static PartialAggregate Rollup(NpgsqlDataReader row) => new(
        row.GetFieldValue<DateTimeOffset>(0), row.GetInt64(1),
        row.Value<double>(2), row.GetInt64(3), row.Value<double>(4),
        row.Value<decimal>(5), row.GetInt64(6), row.Value<long>(7), row.Value<long>(8),
        row.Value<decimal>(9), row.GetInt64(10),
        new(row.Value<long>(11), row.Value<long>(12), row.Value<decimal>(13)),
        new(row.Value<long>(14), row.Value<long>(15), row.Value<decimal>(16)));
}
