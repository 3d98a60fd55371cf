-- State of the move from the original database: one row, its tables, its windows. A window is claimed, copied and marked
-- done in one transaction, so that a crash leaves it either done or untouched.
CREATE TABLE migration_runs (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  source text NOT NULL,                     -- identity of the original: system identifier and database
  generation integer NOT NULL,
  soft_deleted text NOT NULL,               -- 'move' or 'quarantine'
  chunk_interval interval NOT NULL,
  earliest timestamptz NOT NULL,            -- times outside [earliest, latest) are quarantined
  latest timestamptz NOT NULL,
  bulk boolean NOT NULL,                    -- the unique constraint is absent while samples are copied
  started_at timestamptz NOT NULL DEFAULT now(),
  copied_at timestamptz,
  verified_at timestamptz
);

CREATE TABLE migration_tables (
  table_name text PRIMARY KEY,
  source_rows bigint NOT NULL,
  moved_rows bigint NOT NULL,
  quarantined_rows bigint NOT NULL,
  copied_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE migration_windows (
  window_start timestamptz PRIMARY KEY,     -- -infinity: rows whose time is missing or outside the range
  window_end timestamptz NOT NULL,
  done boolean NOT NULL DEFAULT false,
  source_rows bigint NOT NULL DEFAULT 0,
  moved_rows bigint NOT NULL DEFAULT 0,
  quarantined_rows bigint NOT NULL DEFAULT 0,
  road text,                                -- how it went in: direct-compress, copy, insert
  copied_at timestamptz
);

-- Jobs that the move has paused, as they were.
CREATE TABLE migration_paused_jobs (
  job_id integer PRIMARY KEY,
  next_start timestamptz
);
