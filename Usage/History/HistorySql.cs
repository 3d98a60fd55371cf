using LaunchStack.Usage.Samples;


namespace LaunchStack.Usage.History;

/// <summary>The statements behind a history. Parameter 1 is the instance.</summary>
internal static class HistorySql
{
    /// <summary>How far each relation has been dropped.</summary>
    public const string Dropped = "SELECT relation, dropped_before FROM retention_progress";

    /// <summary>The aggregates of one segment in order of time; parameters 2 and 3 are its start and end.</summary>
    public static string Aggregates(SampleSource source, UsageRelation relation) => relation.IsRaw
        ? $"""
          SELECT {source.Columns} FROM {relation.Name}
          WHERE instance_id = $1 AND "timestamp" >= {source.Instant("$2")} AND "timestamp" < {source.Instant("$3")} AND {source.Live}
          ORDER BY "timestamp"
          """
        : $"""
          SELECT bucket, sample_count, cpu_sum, cpu_count, cpu_max, memory_sum, memory_count, memory_max, memory_limit,
                 disk_sum, disk_count, network_in_first, network_in_last, network_in_increase,
                 network_out_first, network_out_last, network_out_increase
          FROM {relation.Name}
          WHERE instance_id = $1 AND bucket >= $2 AND bucket < $3
          ORDER BY bucket
          """;

    /// <summary>The last reading of a counter before parameter 2; rollups are asked only where samples have been dropped.</summary>
    public static string Before(SampleSource source, Measure counter, IReadOnlyList<UsageRelation> relations)
    {
        var column = counter.Column();
        if (!source.Has(column))
            return "NULL::bigint";
        var raw =
            $"""
            (SELECT {column} FROM {source.Table}
             WHERE instance_id = $1 AND "timestamp" < {source.Instant("$2")} AND {column} IS NOT NULL AND {source.Live}
             ORDER BY "timestamp" DESC LIMIT 1)
            """;
        var readings = new List<string> { raw };
        for (var level = 1; level < relations.Count && relations[level - 1].AvailableFrom is not null; level++)
        {
            // A bucket that the range cuts must not count: it may hold readings of the range itself.
            readings.Add(
                $"""
                (SELECT {column}_last FROM {relations[level].Name}
                 WHERE instance_id = $1 AND bucket <= $2 - interval '{(int)relations[level].Resolution.TotalMinutes} minutes'
                       AND {column}_last IS NOT NULL
                 ORDER BY bucket DESC LIMIT 1)
                """);
        }
        return $"COALESCE({string.Join(", ", readings)})";
    }
}
