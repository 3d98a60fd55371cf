-- State of the move from the original database: one row, its tables, its windows. A window is claimed, copied and marked
-- done in one transaction, so that a crash leaves it either done or untouched.
CREATE TABLE migration_runs (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  source text NOT NULL,                     -- identity of the original: system identifier and database
  samples_schema text,                      -- where its samples stand
  samples_table text,
  generation integer NOT NULL,
  soft_deleted text NOT NULL,               -- 'move' or 'quarantine'
  chunk_interval interval NOT NULL,
  earliest timestamptz NOT NULL,            -- times outside [earliest, latest) are quarantined
  latest timestamptz NOT NULL,
  bulk boolean NOT NULL,                    -- the unique constraint is absent while samples are copied
  started_at timestamptz NOT NULL DEFAULT now(),
  copied_at timestamptz,
  verified_at timestamptz,
  cutover_at timestamptz                    -- from here on the target takes samples that the original lacks
);

CREATE TABLE migration_tables (
  table_name text PRIMARY KEY,
  source_schema text,
  source_rows bigint NOT NULL,
  moved_rows bigint NOT NULL,
  quarantined_rows bigint NOT NULL,
  cutover_ids uuid[],                       -- rows at the cutover: what goes from them later was deleted here
  copied_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE migration_windows (
  window_start timestamptz PRIMARY KEY,     -- -infinity: rows whose time is missing or outside the range
  window_end timestamptz NOT NULL,
  done boolean NOT NULL DEFAULT false,
  source_rows bigint NOT NULL DEFAULT 0,
  moved_rows bigint NOT NULL DEFAULT 0,
  quarantined_rows bigint NOT NULL DEFAULT 0,
  redated_rows bigint NOT NULL DEFAULT 0,   -- moved, but created_at could not be (0001-01-01, infinity): received at their own time
  write_method text,                        -- direct-compress, copy, insert
  source_version numeric,                   -- sum of the hashes of the original's rows when it was copied
  last_received_at timestamptz,             -- of the rows moved; may lie ahead where the original's clock does
  rolled_up boolean NOT NULL DEFAULT false, -- false until the rollups hold what was copied last
  copied_at timestamptz
);

-- Rows of the original that could not be moved as they are: source = moved + quarantined.
CREATE TABLE migration_quarantine (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_table text NOT NULL,
  "row" jsonb,
  row_hash uuid,                            -- of a user, an instance or a payment: over what it would be in the target
  reason text NOT NULL,
  window_start timestamptz,
  quarantined_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX migration_quarantine_source_idx ON migration_quarantine (source_table, window_start);

-- Jobs that the move has paused, as they were.
CREATE TABLE migration_paused_jobs (
  job_id integer PRIMARY KEY,
  next_start timestamptz
);

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
