-- The original database of ./run.sh --demo-original: schema generation 2 with 50,000 samples of ten instances, one a
-- minute until now, and the kinds of dirt that real ones hold. PostgreSQL runs it once, when its data directory is made.
SELECT 'CREATE DATABASE original' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'original') \gexec
\connect original

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    clerk_user_id text UNIQUE,
    email text UNIQUE,
    username text UNIQUE,
    password_hash text,
    first_name text,
    last_name text,
    plan varchar(20) DEFAULT 'free',
    pay_pal_customer_id text,
    subscription_id text,
    subscription_status varchar(50),
    current_period_end timestamptz,
    created_at timestamptz,
    updated_at timestamptz,
    deleted_at timestamptz
);

CREATE TABLE instances (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid REFERENCES users (id),
    name varchar(255) NOT NULL,
    description varchar(1000),
    status varchar(50) NOT NULL,
    host varchar(255),
    port bigint,
    url varchar(255),
    cpu_limit double precision,
    memory_limit bigint,
    storage_limit bigint,
    container_id varchar(255),
    ip_address varchar(50),
    created_at timestamptz,
    updated_at timestamptz,
    deleted_at timestamptz
);

-- No foreign key: the original got it late, so real ones hold rows of instances that are gone.
CREATE TABLE resource_usages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    instance_id uuid,
    "timestamp" timestamptz,
    cpu_usage double precision,
    memory_usage bigint,
    memory_limit bigint,
    memory_percentage double precision,
    disk_usage bigint,
    network_in bigint,
    network_out bigint,
    created_at timestamptz,
    updated_at timestamptz,
    deleted_at timestamptz
);
CREATE INDEX ON resource_usages (instance_id);
CREATE INDEX ON resource_usages (deleted_at);

CREATE TABLE payments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid REFERENCES users (id),
    amount bigint,
    currency varchar(3) DEFAULT 'usd',
    status varchar(20),
    paypal_payment_id text,
    paypal_order_id text,
    invoice_url text,
    description text,
    metadata jsonb,
    created_at timestamptz,
    updated_at timestamptz
);

INSERT INTO users (id, clerk_user_id, email, username, plan, subscription_status, created_at, updated_at)
SELECT md5('demo user ' || u)::uuid, 'demo_' || u, 'demo' || u || '@example.com', 'demo' || u,
       CASE u WHEN 1 THEN 'pro' ELSE 'starter' END, 'active', now() - interval '90 days', now()
FROM generate_series(1, 3) u;

-- A demo instance is deleted, and one is stopped.
INSERT INTO instances (id, user_id, name, status, cpu_limit, memory_limit, storage_limit, created_at, updated_at, deleted_at)
SELECT md5('demo instance ' || i)::uuid, md5('demo user ' || 1 + i % 3)::uuid, 'n8n-demo-' || i,
       CASE i WHEN 8 THEN 'stopped' ELSE 'running' END, 0.5, 512, 1,
       now() - interval '60 days', now(), CASE i WHEN 9 THEN now() - interval '1 hour' END
FROM generate_series(0, 9) i;

INSERT INTO payments (user_id, amount, status, description, metadata, created_at, updated_at)
SELECT id, 900, 'completed', 'monthly plan', '{"demo": true}', now() - interval '10 days', now() FROM users;

-- Load by day and night; the counters fall back to zero every 2,000 minutes, as containers restart.
SELECT setseed(0.5);
INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, memory_usage, memory_limit, memory_percentage,
                             disk_usage, network_in, network_out, created_at, updated_at)
SELECT md5('demo instance ' || i)::uuid, t, cpu, memory, 536870912, memory * 100.0 / 536870912,
       200000000 + minute * 1000, minute % 2000 * 3000, minute % 2000 * 2000, t, t
FROM (SELECT i, minute, date_trunc('minute', now()) - make_interval(mins => 4999 - minute) AS t,
             20 + 2 * i + 15 * sin(minute * 2 * pi() / 1440 + i) + 4 * random() AS cpu,
             (150e6 + 10e6 * i + 20e6 * sin(minute * 2 * pi() / 1440) + 1e6 * random())::bigint AS memory
      FROM generate_series(0, 9) i, generate_series(0, 4999) minute) s;

-- The dirt: 25 samples soft-deleted, 10 of instances that are gone, 10 instants told twice, no instance, no time, NaN, negative, empty.
UPDATE resource_usages SET deleted_at = now()
WHERE id IN (SELECT id FROM resource_usages WHERE instance_id = md5('demo instance 9')::uuid ORDER BY "timestamp" LIMIT 25);
INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, memory_usage, created_at)
SELECT md5('gone ' || n)::uuid, now() - make_interval(hours => n), 1, 1000, now() FROM generate_series(1, 10) n;
INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, memory_usage, created_at)
SELECT instance_id, "timestamp", cpu_usage + 1, memory_usage, created_at + interval '1 second'
FROM resource_usages WHERE instance_id = md5('demo instance 3')::uuid ORDER BY "timestamp" DESC LIMIT 10;
INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, memory_usage, created_at)
VALUES (NULL, now(), 1, 1, now()),
       (md5('demo instance 1')::uuid, NULL, 1, 1, now()),
       (md5('demo instance 1')::uuid, now() - interval '1 hour 1 second', 'NaN', 1, now()),
       (md5('demo instance 1')::uuid, now() - interval '1 hour 2 seconds', -5, -1, now()),
       (md5('demo instance 1')::uuid, now() - interval '1 hour 3 seconds', NULL, NULL, now());
ANALYZE;
