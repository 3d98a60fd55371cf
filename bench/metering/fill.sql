-- Days of samples by hand, as they would have come in: psql -v instances=1000 -v days=1 -v seconds=10 -f fill.sql. The last day is yesterday.
SELECT track_usage_changes(false);
INSERT INTO users (id) SELECT md5('user' || u)::uuid FROM generate_series(0, 99) u ON CONFLICT DO NOTHING;
INSERT INTO instances (id, name, user_id)
SELECT md5(i::text)::uuid, 'instance ' || i, md5('user' || i % 100)::uuid FROM generate_series(0, :instances - 1) i ON CONFLICT DO NOTHING;
INSERT INTO rate_cards (version, valid_from, currency, decimals, items) VALUES (1, '2020-01-01', 'EUR', 2,
  '[{"measure":"cpu","unit":"core-hour","price":0.03,"free":0},{"measure":"memory","unit":"GiB-hour","price":0.0045,"free":720},
    {"measure":"disk","unit":"GB-hour","price":0.0001,"free":0},{"measure":"network_out","unit":"GB","price":0.08,"free":10}]') ON CONFLICT DO NOTHING;
-- A counter restarts every 13.9 hours; each twentieth instance is silent from 03:00 to 03:07.
INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, memory_usage, memory_limit, disk_usage, network_in, network_out, received_at)
SELECT md5(i::text)::uuid, t + i % 10 * interval '1 ms', (i * 7 + e) % 1000 / 10.0, (i * 1000003 + e * 31) % 1000000000, 1073741824,
       5000000000 + i, e % 50000 * (i + 1), e % 50000 * 7, t + interval '2 s'
FROM generate_series(date_trunc('day', now(), 'UTC') - :days * interval '1 day', date_trunc('day', now(), 'UTC') - interval '1 s', :seconds * interval '1 s') t,
     LATERAL (SELECT extract(epoch FROM t)::bigint AS e) s, generate_series(0, :instances - 1) i
WHERE i % 20 <> 0 OR t::time NOT BETWEEN '03:00' AND '03:07'
ON CONFLICT DO NOTHING;
SELECT track_usage_changes(true);
ANALYZE resource_usage;
