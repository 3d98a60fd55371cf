using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.History;

/// <summary>The statements behind a history. Parameter 1 is the instance.</summary>
internal static class HistorySql
{
    // Names of TimescaleDB's catalog, readable by everybody, the same from 2.19 to 2.29.
    private const string Log = "SELECT lowest_modified_value AS low, greatest_modified_value AS high FROM _timescaledb_catalog.continuous_aggs_";

    /// <summary>
    /// How far each relation has been dropped (no start), the tables of the rollups (empty where they may not be read) and how far they
    /// have been materialized, and within
    /// parameters 1 and 2 where rollups are stale, to 5 minutes.
    /// TimescaleDB writes down every change below the end of what has been refreshed, in the transaction that makes it: first for the
    /// source, then, once a refresh has looked, for the rollup, and for a moment as what a refresh is about to materialize. What a
    /// rollup has not materialized yet stands there as well, and is no matter above its watermark: it is aggregated while it is read.
    /// The source's own entries are not cut there: a refresh that is at work may just be raising the watermark above them.
    /// </summary>
    public static string Relations(SampleSource source) =>
        $"""
        SELECT relation, NULL::text, NULL::timestamptz, dropped_before FROM retention_progress
        UNION ALL
        SELECT c.user_view_name,
               CASE WHEN has_table_privilege(format('%I.%I', h.schema_name, h.table_name), 'SELECT') THEN format('%I.%I', h.schema_name, h.table_name) ELSE '' END,
               NULL, to_timestamp(greatest(w.watermark, 0) / 1000000)
        FROM _timescaledb_catalog.continuous_agg c
        JOIN _timescaledb_catalog.continuous_aggs_watermark w USING (mat_hypertable_id)
        JOIN _timescaledb_catalog.hypertable h ON h.id = c.mat_hypertable_id
        WHERE c.user_view_schema = 'public'
        UNION ALL
        SELECT relation, NULL, to_timestamp(lower(stale) * 300), to_timestamp(upper(stale) * 300)
        FROM (
            SELECT c.user_view_name::text AS relation,
                   unnest(range_agg(int8range(greatest(low, t.first) / 300000000, least(high, t.last) / 300000000, '[]'))) AS stale
            FROM _timescaledb_catalog.continuous_agg c
            JOIN _timescaledb_catalog.continuous_aggs_watermark w USING (mat_hypertable_id)
            CROSS JOIN (SELECT (extract(epoch FROM $1::timestamptz) * 1000000)::bigint, (extract(epoch FROM $2::timestamptz) * 1000000)::bigint) t (first, last)
            CROSS JOIN LATERAL (
                {Log}hypertable_invalidation_log WHERE hypertable_id = c.raw_hypertable_id
                UNION ALL
                SELECT low, least(high, w.watermark - 1) FROM (
                    {Log}materialization_invalidation_log WHERE materialization_id = c.mat_hypertable_id
                    {(source.HasMaterializationRanges ? $"UNION ALL {Log}materialization_ranges WHERE materialization_id = c.mat_hypertable_id" : "")}) m
                WHERE low < w.watermark) l
            WHERE c.user_view_schema = 'public' AND low <= high AND low < t.last AND high >= t.first
            GROUP BY c.user_view_name) s
        """;

    /// <summary>The aggregates of one segment in order of time; parameters 2 and 3 are its start and end, of a bounded one 4 how many samples.</summary>
    public static string Aggregates(SampleSource source, UsageRelation relation, bool isBounded) => relation.IsRaw
        ? $"""
          SELECT {source.Columns} FROM {relation.Source}
          WHERE {Within(source)}
          ORDER BY "timestamp" {(isBounded ? "LIMIT $4" : "")}
          """
        : $"""
          SELECT {PartialAggregateReader.RollupColumns} FROM {relation.Source}
          WHERE instance_id = $1 AND bucket >= $2 AND bucket < $3
          ORDER BY bucket
          """;

    /// <summary>The samples of one segment, added up as the finest rollup does it.</summary>
    public static string Folded(SampleSource source) =>
        $"""
        SELECT {PartialAggregateReader.FoldedColumns}
        FROM {source.Table}
        WHERE {Within(source)}
        GROUP BY bucket ORDER BY bucket
        """;

    /// <summary>
    /// The last readings of both counters before parameter 2, from parameter 3 on; null too where the newest samples there are without. One
    /// look at the table: to plan it takes ten times as long as to run it.
    /// </summary>
    public static string NearPast(SampleSource source) =>
        $"""
        SELECT (array_agg(network_in) FILTER (WHERE network_in IS NOT NULL))[1], (array_agg(network_out) FILTER (WHERE network_out IS NOT NULL))[1]
        FROM (SELECT {source.Column(Measure.NetworkIn)} AS network_in, {source.Column(Measure.NetworkOut)} AS network_out FROM {source.Table}
              WHERE instance_id = $1 AND "timestamp" >= {source.Instant("$3")} AND "timestamp" < {source.Instant("$2")} AND {source.Live}
              ORDER BY "timestamp" DESC LIMIT 100) newest
        """;

    /// <summary>How many samples a rollup has counted within parameters 2 and 3.</summary>
    public static string SampleCount(UsageRelation rollup) =>
        $"SELECT sum(sample_count)::bigint FROM {rollup.Source} WHERE instance_id = $1 AND bucket >= $2 AND bucket < $3";

    /// <summary>The last readings of both counters before parameter 2; rollups are asked only where samples have been dropped.</summary>
    public static string Before(SampleSource source, IReadOnlyList<UsageRelation> relations) =>
        $"SELECT {Before(source, Measure.NetworkIn, relations)}, {Before(source, Measure.NetworkOut, relations)}";

    /// <summary>The last readings of both counters of the instances of parameter 1, each from its time in parameter 2 on.</summary>
    public static string Counters(SampleSource source) =>
        // Of what is nobody's, not every chunk is searched.
        $"""
        SELECT instance, i.value, i.time, i.received_at, o.value, o.time, o.received_at
        FROM unnest($1, $2) a (instance, since)
        LEFT JOIN LATERAL {Newest(source, Measure.NetworkIn)} i ON true
        LEFT JOIN LATERAL {Newest(source, Measure.NetworkOut)} o ON true
        WHERE EXISTS (SELECT FROM instances WHERE id = a.instance)
        """;

    // Whoever has sent none for longer, a day of samples every ten seconds, begins anew: to search weeks of an instance that has none took 12 ms each.
    private const int MaxSamples = 10_000;

    private static string Newest(SampleSource source, Measure counter) => !source.Has(counter.Column())
        ? "(SELECT NULL::bigint AS value, NULL::timestamptz AS time, NULL::timestamptz AS received_at)"
        : $"""
          (SELECT value, time, received_at
           FROM (SELECT {source.Column(counter)} AS value, {source.Time} AS time, {source.ReceivedAt} AS received_at, "timestamp" FROM {source.Table}
                 WHERE instance_id = a.instance AND "timestamp" >= {source.Instant("a.since")} AND {source.Live}
                 ORDER BY "timestamp" DESC LIMIT {MaxSamples}) newest
           WHERE value IS NOT NULL ORDER BY "timestamp" DESC LIMIT 1)
          """;

    private static string Within(SampleSource source) =>
        $"instance_id = $1 AND \"timestamp\" >= {source.Instant("$2")} AND \"timestamp\" < {source.Instant("$3")} AND {source.Live}";

    private static string Before(SampleSource source, Measure counter, IReadOnlyList<UsageRelation> relations)
    {
        var column = counter.Column();
        if (!source.Has(column))
            return "NULL::bigint";
        var readings = new List<string>
        {
            $"""
            (SELECT {source.Column(counter)} FROM {source.Table}
             WHERE instance_id = $1 AND "timestamp" < {source.Instant("$2")} AND {source.Column(counter)} IS NOT NULL AND {source.Live}
             ORDER BY "timestamp" DESC LIMIT 1)
            """,
        };
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
