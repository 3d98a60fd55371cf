using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Usage.History;

/// <summary>Reads a row of <see cref="HistorySql.Aggregates"/> or <see cref="HistorySql.Folded"/>.</summary>
internal static class PartialAggregateReader
{
    /// <summary>A rollup's columns, in the order of <see cref="Rollup"/>.</summary>
    public static readonly string RollupColumns;

    /// <summary>The same, made of samples as the finest rollup makes them.</summary>
    public static readonly string FoldedColumns;

    static PartialAggregateReader()
    {
        (string Name, string OfSamples)[] columns =
        [
            ("bucket", $"time_bucket('{Usage.Rollup.All[0].Bucket}', \"timestamp\")"), ("sample_count", "count(*)"),
            ("cpu_sum", "sum(cpu_usage)"), ("cpu_count", "count(cpu_usage)"), ("cpu_max", "max(cpu_usage)"),
            ("memory_sum", "sum(memory_usage)"), ("memory_count", "count(memory_usage)"), ("memory_max", "max(memory_usage)"),
            ("memory_limit", "last(memory_limit, \"timestamp\") FILTER (WHERE memory_limit IS NOT NULL)"),
            ("disk_sum", "sum(disk_usage)"), ("disk_count", "count(disk_usage)"),
            .. Counter(Measure.NetworkIn), .. Counter(Measure.NetworkOut),
        ];
        RollupColumns = string.Join(", ", columns.Select(c => c.Name));
        FoldedColumns = string.Join(", ", columns.Select(c => $"{c.OfSamples} AS {c.Name}"));
    }

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

    private static (string Name, string OfSamples)[] Counter(Measure counter)
    {
        var column = counter.Column();
        var readings = $"array_agg({column} ORDER BY \"timestamp\") FILTER (WHERE {column} IS NOT NULL)";
        return
        [
            ($"{column}_first", $"({readings})[1]"), ($"{column}_last", $"({readings})[count({column})::integer]"), ($"{column}_increase", $"counter_increase({readings})"),
        ];
    }
}
