-- When a policy last ran where the database has no background workers: there TimescaleDB keeps no statistics of its own.
CREATE TABLE policy_runs (
  job_id integer PRIMARY KEY,
  claimed_until timestamptz,      -- one runner at a time; a runner that dies gives it back by time
  finished_at timestamptz,
  failures integer NOT NULL DEFAULT 0,
  last_error text
);
