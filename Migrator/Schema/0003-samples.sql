-- No foreign key to instances: it would cost a lookup a row, and samples may come before their instance is known.
-- received_at is the start of the transaction that wrote the row's values, never a client's time: what is computed over the samples
-- received by a cutoff can be computed again. A row copied from the original was received when the original created it.
CREATE TABLE resource_usage (
  instance_id uuid NOT NULL,
  "timestamp" timestamptz NOT NULL,
  cpu_usage double precision,   -- percent of one core
  memory_usage bigint,          -- bytes, as the next two
  memory_limit bigint,
  disk_usage bigint,
  network_in bigint,            -- bytes since the container started: a counter
  network_out bigint,
  received_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

SELECT create_hypertable('resource_usage', by_range('timestamp', INTERVAL '1 day'), create_default_indexes => false);

-- An index and not a constraint, which could not be added while the rows are read: a bulk copy builds it beside the first rollup.
CREATE UNIQUE INDEX resource_usage_instance_id_timestamp_key ON resource_usage (instance_id, "timestamp");

ALTER TABLE resource_usage SET (
  timescaledb.enable_columnstore = true,
  timescaledb.segmentby = 'instance_id',
  timescaledb.orderby = '"timestamp" DESC');
