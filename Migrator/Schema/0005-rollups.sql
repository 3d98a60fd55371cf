-- Three stacked rollups with the same columns. Sums and counts, never averages; counters by first, last and the increase within
-- the bucket. What crosses the border between two buckets is added by the next level, and by readers.
-- First, last and increase share one array of the readings by time, and most buckets see no restart: there the array is
-- in order of value too, which costs a fourth of walking through it.
-- materialized_only = false on every level: one that hides its fresh rows hides them from those stacked on it too.
CREATE MATERIALIZED VIEW resource_usage_5m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
  instance_id,
  time_bucket('5 minutes', "timestamp") AS bucket,
  count(*) AS sample_count,
  sum(cpu_usage) AS cpu_sum,
  count(cpu_usage) AS cpu_count,
  max(cpu_usage) AS cpu_max,
  sum(memory_usage) AS memory_sum,
  count(memory_usage) AS memory_count,
  max(memory_usage) AS memory_max,
  last(memory_limit, "timestamp") FILTER (WHERE memory_limit IS NOT NULL) AS memory_limit,
  sum(disk_usage) AS disk_sum,
  count(disk_usage) AS disk_count,
  (array_agg(network_in ORDER BY "timestamp") FILTER (WHERE network_in IS NOT NULL))[1] AS network_in_first,
  (array_agg(network_in ORDER BY "timestamp") FILTER (WHERE network_in IS NOT NULL))[count(network_in)::integer] AS network_in_last,
  CASE WHEN array_agg(network_in ORDER BY "timestamp") FILTER (WHERE network_in IS NOT NULL) = array_agg(network_in ORDER BY network_in) FILTER (WHERE network_in IS NOT NULL)
       THEN max(network_in)::numeric - min(network_in)
       ELSE counter_increase(array_agg(network_in ORDER BY "timestamp") FILTER (WHERE network_in IS NOT NULL)) END AS network_in_increase,
  (array_agg(network_out ORDER BY "timestamp") FILTER (WHERE network_out IS NOT NULL))[1] AS network_out_first,
  (array_agg(network_out ORDER BY "timestamp") FILTER (WHERE network_out IS NOT NULL))[count(network_out)::integer] AS network_out_last,
  CASE WHEN array_agg(network_out ORDER BY "timestamp") FILTER (WHERE network_out IS NOT NULL) = array_agg(network_out ORDER BY network_out) FILTER (WHERE network_out IS NOT NULL)
       THEN max(network_out)::numeric - min(network_out)
       ELSE counter_increase(array_agg(network_out ORDER BY "timestamp") FILTER (WHERE network_out IS NOT NULL)) END AS network_out_increase
FROM resource_usage
WHERE deleted_at IS NULL
GROUP BY instance_id, time_bucket('5 minutes', "timestamp")
WITH NO DATA;

DO $do$
DECLARE
  level record;
BEGIN
  FOR level IN SELECT * FROM (VALUES
      ('resource_usage_hourly', '1 hour', 'resource_usage_5m'),
      ('resource_usage_daily', '1 day', 'resource_usage_hourly')) v (rollup, width, source) LOOP
    EXECUTE format($view$
      CREATE MATERIALIZED VIEW %I
      WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
      SELECT
        instance_id,
        time_bucket(%L, bucket) AS bucket,
        sum(sample_count)::bigint AS sample_count,
        sum(cpu_sum) AS cpu_sum,
        sum(cpu_count)::bigint AS cpu_count,
        max(cpu_max) AS cpu_max,
        sum(memory_sum) AS memory_sum,
        sum(memory_count)::bigint AS memory_count,
        max(memory_max) AS memory_max,
        last(memory_limit, bucket) FILTER (WHERE memory_limit IS NOT NULL) AS memory_limit,
        sum(disk_sum) AS disk_sum,
        sum(disk_count)::bigint AS disk_count,
        (array_agg(network_in_first ORDER BY bucket) FILTER (WHERE network_in_first IS NOT NULL))[1] AS network_in_first,
        (array_agg(network_in_last ORDER BY bucket) FILTER (WHERE network_in_last IS NOT NULL))[count(network_in_last)::integer] AS network_in_last,
        sum(network_in_increase) + counter_increase_between(
          array_agg(network_in_first ORDER BY bucket) FILTER (WHERE network_in_first IS NOT NULL),
          array_agg(network_in_last ORDER BY bucket) FILTER (WHERE network_in_last IS NOT NULL)) AS network_in_increase,
        (array_agg(network_out_first ORDER BY bucket) FILTER (WHERE network_out_first IS NOT NULL))[1] AS network_out_first,
        (array_agg(network_out_last ORDER BY bucket) FILTER (WHERE network_out_last IS NOT NULL))[count(network_out_last)::integer] AS network_out_last,
        sum(network_out_increase) + counter_increase_between(
          array_agg(network_out_first ORDER BY bucket) FILTER (WHERE network_out_first IS NOT NULL),
          array_agg(network_out_last ORDER BY bucket) FILTER (WHERE network_out_last IS NOT NULL)) AS network_out_increase
      FROM %I
      GROUP BY instance_id, time_bucket(%L, bucket)
      WITH NO DATA
      $view$, level.rollup, level.width, level.source, level.width);
  END LOOP;
END $do$;

-- Whole days, so that no chunk border cuts a bucket of the next level (see drop_rolled_up_chunks).
SELECT set_chunk_time_interval('resource_usage_5m', INTERVAL '10 days');
SELECT set_chunk_time_interval('resource_usage_hourly', INTERVAL '60 days');
SELECT set_chunk_time_interval('resource_usage_daily', INTERVAL '360 days');
