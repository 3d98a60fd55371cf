-- An original of generation 2 for measuring: :samples samples of :instances instances, one a minute until now, with dirt.
INSERT INTO users (id, email, username, created_at)
SELECT md5('user ' || u)::uuid, 'user' || u || '@example.com', 'user' || u, now() FROM generate_series(0, :instances / 5) u;
INSERT INTO instances (id, user_id, name, status, created_at)
SELECT md5('instance ' || i)::uuid, md5('user ' || i / 5)::uuid, 'n8n-' || i, 'running', now() FROM generate_series(0, :instances - 1) i;

-- As they came in: all instances of a minute, then those of the next. Counters restart every week or so.
INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, memory_usage, memory_limit, memory_percentage,
                             disk_usage, network_in, network_out, created_at, updated_at)
SELECT md5('instance ' || i)::uuid, t, 20 + 15 * sin(minute / 240.0) + i % 30 + 4 * random(), memory, 536870912, memory * 100.0 / 536870912,
       200000000 + minute * 100, (minute + i * 31) % 10000 * 3000, (minute + i * 31) % 10000 * 2000, t, t
FROM (SELECT n % :instances AS i, n / :instances AS minute,
             date_trunc('minute', now()) - make_interval(mins => (:samples - 1 - n) / :instances) AS t,
             (150e6 + n % :instances * 500e3 + 1e6 * random())::bigint AS memory
      FROM generate_series(0, :samples - 1) n) s;

-- About one row in 2,000: soft-deleted, of no instance, told twice, without a key, NaN, negative.
UPDATE resource_usages SET deleted_at = now() WHERE id IN (SELECT id FROM resource_usages ORDER BY id LIMIT :samples / 2000);
INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, created_at)
SELECT gen_random_uuid(), now() - make_interval(mins => n), 1, now() FROM generate_series(1, :samples / 10000) n;
INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, created_at)
SELECT instance_id, "timestamp", cpu_usage + 1, created_at + interval '1 second'
FROM resource_usages WHERE instance_id IN (SELECT id FROM instances) LIMIT :samples / 5000;
INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, memory_usage)
VALUES (NULL, now(), 1, 1), (md5('instance 1')::uuid, NULL, 1, 1),
       (md5('instance 1')::uuid, now() - interval '1 second', 'NaN', 1), (md5('instance 1')::uuid, now() - interval '2 seconds', -5, -1);
ANALYZE;
