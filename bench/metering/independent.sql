-- Day lines with nothing of ours but the samples: what anybody with read access may run against usage_days (docs/metering.md).
-- SET metering.cutoff = '2026-12-01 02:00Z', metering.first_day = '2026-11-01', metering.last_day = '2026-11-30' first. The default gap rule.
WITH s AS (
  SELECT instance_id,
         ("timestamp" AT TIME ZONE 'UTC')::date AS day,
         (extract(epoch FROM "timestamp") * 1000000)::bigint AS us,
         floor(extract(epoch FROM "timestamp") * 1000)::bigint AS ms,
         CASE WHEN cpu_usage >= 0 AND cpu_usage <= 1000000 THEN round(cpu_usage * 10000)::bigint END AS cpu,
         CASE WHEN memory_usage >= 0 THEN memory_usage END AS memory,
         CASE WHEN disk_usage >= 0 THEN disk_usage END AS disk,
         CASE WHEN network_in >= 0 THEN network_in END AS rx,
         CASE WHEN network_out >= 0 THEN network_out END AS tx
  FROM resource_usage_versions
  WHERE received_at <= current_setting('metering.cutoff')::timestamptz AND superseded_at > current_setting('metering.cutoff')::timestamptz
    AND deleted_at IS NULL AND "timestamp" < (current_setting('metering.last_day')::date + 1)::timestamp AT TIME ZONE 'UTC'),
gaps AS (
  SELECT instance_id, day, least(300000, greatest(30000, 3 * percentile_disc(0.5) WITHIN GROUP (ORDER BY gap))) AS longest
  FROM (SELECT instance_id, day, ms - lag(ms) OVER (PARTITION BY instance_id, day ORDER BY us) AS gap FROM s) g
  WHERE gap IS NOT NULL GROUP BY instance_id, day),
held AS (
  SELECT s.*, coalesce(g.longest, 30000) AS longest,
         ms + least(coalesce(lead(ms) OVER (PARTITION BY s.instance_id ORDER BY us) - ms, 300000), coalesce(g.longest, 30000)) AS until,
         (extract(epoch FROM s.day + 1) * 1000)::bigint AS midnight
  FROM s LEFT JOIN gaps g USING (instance_id, day)),
pieces AS (
  SELECT instance_id, day, least(until, midnight) - ms AS held_ms, cpu, memory, disk, 0 AS carried, NULL::text AS carry FROM held
  UNION ALL
  SELECT instance_id, day + 1, until - midnight, cpu, memory, disk, 1, concat('carry=', us, ',', cpu, ',', memory, ',', disk, ',', until - midnight)
  FROM held WHERE until > midnight),
rx AS (SELECT instance_id, day, us, rx AS reading, lag(rx) OVER w AS before FROM s WHERE rx IS NOT NULL WINDOW w AS (PARTITION BY instance_id ORDER BY us)),
tx AS (SELECT instance_id, day, us, tx AS reading, lag(tx) OVER w AS before FROM s WHERE tx IS NOT NULL WINDOW w AS (PARTITION BY instance_id ORDER BY us)),
used AS (
  SELECT instance_id, day, sum(held_ms::numeric * coalesce(cpu, 0)) AS cpu_core_ns, sum(held_ms::numeric * coalesce(memory, 0)) AS memory_byte_ms,
         sum(held_ms::numeric * coalesce(disk, 0)) AS disk_byte_ms, sum(held_ms)::bigint AS covered_ms, count(*) FILTER (WHERE carried = 0) AS samples,
         max(carry) AS carry
  FROM pieces GROUP BY instance_id, day),
moved AS (
  SELECT instance_id, day,
         sum(CASE WHEN before IS NULL THEN 0 WHEN reading < before THEN reading ELSE reading - before END::numeric) FILTER (WHERE is_rx) AS network_in_bytes,
         sum(CASE WHEN before IS NULL THEN 0 WHEN reading < before THEN reading ELSE reading - before END::numeric) FILTER (WHERE NOT is_rx) AS network_out_bytes,
         count(DISTINCT us) FILTER (WHERE reading < before) AS restarts
  FROM (SELECT *, true AS is_rx FROM rx UNION ALL SELECT *, false FROM tx) c GROUP BY instance_id, day),
texts AS (
  SELECT instance_id, day, encode(sha256(convert_to(string_agg(concat(us, ',', cpu, ',', memory, ',', disk, ',', rx, ',', tx, E'\n'), '' ORDER BY us), 'UTF8')), 'hex') AS rows_sha256
  FROM s GROUP BY instance_id, day),
lines AS (
  SELECT u.instance_id, u.day, u.cpu_core_ns, u.memory_byte_ms, u.disk_byte_ms, coalesce(m.network_in_bytes, 0) AS network_in_bytes,
         coalesce(m.network_out_bytes, 0) AS network_out_bytes, u.covered_ms, 86400000 - u.covered_ms AS uncovered_ms, u.samples,
         coalesce(m.restarts, 0) AS restarts, coalesce(g.longest, 30000) AS max_gap_ms,
         coalesce(t.rows_sha256, encode(sha256(''), 'hex')) AS rows_sha256,
         concat_ws(';', u.carry,
           (SELECT concat('in=', us, ',', reading) FROM rx r WHERE r.instance_id = u.instance_id AND r.day < u.day ORDER BY us DESC LIMIT 1),
           (SELECT concat('out=', us, ',', reading) FROM tx r WHERE r.instance_id = u.instance_id AND r.day < u.day ORDER BY us DESC LIMIT 1)) AS opening
  FROM used u LEFT JOIN moved m USING (instance_id, day) LEFT JOIN gaps g USING (instance_id, day) LEFT JOIN texts t USING (instance_id, day))
SELECT *, encode(sha256(convert_to(concat(
         'launchstack day line 1', E'\ninstance=', instance_id, E'\nday=', day, E'\nopening=', opening, E'\nmax_gap_ms=', max_gap_ms, E'\nsamples=', samples,
         E'\nrows_sha256=', rows_sha256, E'\ncpu_core_ns=', cpu_core_ns, E'\nmemory_byte_ms=', memory_byte_ms, E'\ndisk_byte_ms=', disk_byte_ms,
         E'\nnetwork_in_bytes=', network_in_bytes, E'\nnetwork_out_bytes=', network_out_bytes, E'\ncovered_ms=', covered_ms,
         E'\nuncovered_ms=', uncovered_ms, E'\nrestarts=', restarts, E'\n'), 'UTF8')), 'hex') AS digest
FROM lines WHERE day BETWEEN current_setting('metering.first_day')::date AND current_setting('metering.last_day')::date
ORDER BY instance_id, day
