-- Nothing is dropped before it is rolled up: TimescaleDB's own retention policy drops by age alone, also what a failing
-- or paused refresh has not reached. This job refreshes the next level over what it is about to drop, then drops.

-- How far a relation has been dropped. Below it the next level holds the only copy, and a refresh would erase it.
CREATE TABLE retention_progress (
  relation text PRIMARY KEY,
  dropped_before timestamptz NOT NULL
);

CREATE PROCEDURE drop_rolled_up_chunks(job_id integer, config jsonb) LANGUAGE plpgsql AS $$
DECLARE
  relation regclass := config ->> 'relation';
  rollup regclass := config ->> 'rollup';
  boundary timestamptz := now() - (config ->> 'drop_after')::interval;
  dropped timestamptz := coalesce((SELECT p.dropped_before FROM public.retention_progress p
                                   WHERE p.relation = config ->> 'relation'), '-infinity');
  first_start timestamptz;
  last_end timestamptz;
BEGIN
  -- Chunks that came back below the mark (late rows) are kept: dropping them would lose rows that no rollup holds.
  SELECT min(c.range_start), max(c.range_end) INTO first_start, last_end
  FROM public.show_chunks(relation, older_than => boundary) s
  JOIN timescaledb_information.chunks c ON format('%I.%I', c.chunk_schema, c.chunk_name)::regclass = s
  WHERE c.range_start >= dropped;
  IF last_end IS NULL THEN
    RETURN;
  END IF;

  CALL public.refresh_continuous_aggregate(rollup, first_start, last_end);

  PERFORM public.drop_chunks(relation, older_than => last_end, newer_than => first_start);
  IF config ->> 'relation' = 'resource_usage' THEN
    PERFORM public.drop_chunks('public.resource_usage_revisions', older_than => last_end);
  END IF;
  INSERT INTO public.retention_progress AS p VALUES (config ->> 'relation', last_end)
  ON CONFLICT ON CONSTRAINT retention_progress_pkey DO UPDATE SET dropped_before = greatest(p.dropped_before, excluded.dropped_before);
END $$;

-- When a job last ran outside the scheduler: without background workers TimescaleDB keeps no statistics of its own.
CREATE TABLE policy_runs (
  job_id integer PRIMARY KEY,
  claimed_until timestamptz,      -- one runner at a time; a runner that dies gives it back by time
  finished_at timestamptz,
  failures integer NOT NULL DEFAULT 0,
  last_error text
);
