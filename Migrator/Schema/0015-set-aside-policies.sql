-- Refresh policies of rollups that the bulk copy has dropped and makes again afterwards, as they were.
CREATE TABLE migration_refresh_policies (
  rollup text PRIMARY KEY,
  scheduled boolean NOT NULL,
  schedule_interval interval NOT NULL,
  max_runtime interval,
  max_retries integer,
  retry_period interval,
  config jsonb NOT NULL
);
