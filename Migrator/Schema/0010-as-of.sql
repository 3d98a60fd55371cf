-- What was known of the samples at an earlier moment. A row counts as received at the start of the transaction that wrote it;
-- whatever changes or removes it later keeps the version before here. See docs/metering.md.
CREATE TABLE resource_usage_revisions (
  instance_id uuid NOT NULL,
  "timestamp" timestamptz NOT NULL,
  cpu_usage double precision,
  memory_usage bigint,
  memory_limit bigint,
  disk_usage bigint,
  network_in bigint,
  network_out bigint,
  received_at timestamptz NOT NULL,
  superseded_at timestamptz NOT NULL,
  deleted_at timestamptz
);
SELECT create_hypertable('resource_usage_revisions', by_range('timestamp', INTERVAL '7 days'), create_default_indexes => false);
CREATE INDEX resource_usage_revisions_key ON resource_usage_revisions (instance_id, "timestamp");

-- Every version there ever was of every sample; at no moment two of the same.
CREATE VIEW resource_usage_versions AS
SELECT instance_id, "timestamp", cpu_usage, memory_usage, memory_limit, disk_usage, network_in, network_out,
       received_at, 'infinity'::timestamptz AS superseded_at, deleted_at
FROM resource_usage
UNION ALL
SELECT instance_id, "timestamp", cpu_usage, memory_usage, memory_limit, disk_usage, network_in, network_out,
       received_at, superseded_at, deleted_at
FROM resource_usage_revisions;

-- The samples as they stood at a cutoff. Plain SQL without settings of its own, so that the planner sees through it.
CREATE FUNCTION resource_usage_as_of(cutoff timestamptz)
RETURNS TABLE (instance_id uuid, "timestamp" timestamptz, cpu_usage double precision, memory_usage bigint, memory_limit bigint,
               disk_usage bigint, network_in bigint, network_out bigint, received_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT v.instance_id, v."timestamp", v.cpu_usage, v.memory_usage, v.memory_limit, v.disk_usage, v.network_in, v.network_out, v.received_at
  FROM public.resource_usage_versions v
  WHERE v.received_at <= cutoff AND v.superseded_at > cutoff AND v.deleted_at IS NULL
$$;

-- Instances and days (UTC) of which something changed after the day was over; visible_at is the first cutoff that shows it.
-- Metering takes rows away once its day lines hold the change.
CREATE TABLE usage_changes (
  instance_id uuid NOT NULL,
  day date NOT NULL,
  visible_at timestamptz NOT NULL,
  PRIMARY KEY (instance_id, day, visible_at)
);

-- True from the first copied sample until the cutover: the target has no history of its own yet, and copies are no changes.
CREATE FUNCTION usage_is_moving() RETURNS boolean LANGUAGE sql STABLE AS
  'SELECT EXISTS (SELECT FROM public.migration_runs WHERE cutover_at IS NULL)';

-- Rows come ordered by instance and time: the last key noted in this transaction spares all but the first of a day a look into the table.
CREATE FUNCTION note_usage_change(instance uuid, at timestamptz, received timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  changed date := (at AT TIME ZONE 'UTC')::date;
  visible timestamptz := greatest(now(), received);
  key text := concat(instance, changed, visible);
BEGIN
  -- No calendar of a reader begins before year 1.
  IF changed < '0001-01-02' OR changed >= (now() AT TIME ZONE 'UTC')::date OR current_setting('launchstack.usage_change', true) IS NOT DISTINCT FROM key THEN
    RETURN;
  END IF;
  IF NOT public.usage_is_moving() THEN
    INSERT INTO public.usage_changes VALUES (instance, changed, visible) ON CONFLICT DO NOTHING;
  END IF;
  PERFORM set_config('launchstack.usage_change', key, true);
END $$;

-- All but the first row of an instance and a day are told by a comparison of their own: a third of the time for a row.
CREATE FUNCTION note_late_usage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  key text := concat(NEW.instance_id, (NEW."timestamp" AT TIME ZONE 'UTC')::date);
BEGIN
  IF NEW.received_at > now() THEN
    PERFORM public.note_usage_change(NEW.instance_id, NEW."timestamp", NEW.received_at);
  ELSIF current_setting('launchstack.late_usage', true) IS DISTINCT FROM key THEN
    PERFORM public.note_usage_change(NEW.instance_id, NEW."timestamp", NEW.received_at);
    PERFORM set_config('launchstack.late_usage', key, true);
  END IF;
  RETURN NULL;
END $$;

-- greatest(): of two transactions, the one that began first may be the second to change a row. Nobody has seen what lay between them:
-- no cutoff is later than the start of a transaction that still writes (usage_cutoff).
CREATE FUNCTION keep_usage_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed timestamptz := greatest(OLD.received_at, now());
BEGIN
  IF public.usage_is_moving() THEN
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
  END IF;
  IF OLD.received_at < changed THEN
    INSERT INTO public.resource_usage_revisions VALUES
      (OLD.instance_id, OLD."timestamp", OLD.cpu_usage, OLD.memory_usage, OLD.memory_limit, OLD.disk_usage, OLD.network_in, OLD.network_out,
       OLD.received_at, changed, OLD.deleted_at);
  END IF;
  PERFORM public.note_usage_change(OLD.instance_id, OLD."timestamp", changed);
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  NEW.received_at := changed;
  PERFORM public.note_usage_change(NEW.instance_id, NEW."timestamp", changed);
  RETURN NEW;
END $$;

-- A transaction that began long before its first write would date its samples into a past that has been computed already.
CREATE FUNCTION refuse_backdated_usage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('launchstack.writes_usage', true) = 'on' THEN
    RETURN NULL;
  END IF;
  IF clock_timestamp() - now() > interval '1 minute' AND NOT public.usage_is_moving() THEN
    RAISE EXCEPTION 'This transaction began at %, more than a minute before it first writes samples, which would count as received then.', now()
      USING ERRCODE = 'invalid_transaction_state', HINT = 'Write them in a transaction of their own.';
  END IF;
  PERFORM set_config('launchstack.writes_usage', 'on', true);
  RETURN NULL;
END $$;

-- Off during a bulk copy only: COPY into compressed chunks does not go together with triggers on rows.
CREATE FUNCTION track_usage_changes(wanted boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF wanted = EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'public.resource_usage'::regclass AND tgname = 'resource_usage_late') THEN
    RETURN;
  END IF;
  IF NOT wanted THEN
    DROP TRIGGER resource_usage_late ON public.resource_usage;
    DROP TRIGGER resource_usage_changed ON public.resource_usage;
    DROP TRIGGER resource_usage_removed ON public.resource_usage;
    RETURN;
  END IF;
  -- What comes within five minutes of its time is decided here, without a call: nearly everything.
  CREATE TRIGGER resource_usage_late AFTER INSERT ON public.resource_usage FOR EACH ROW
    WHEN (NEW."timestamp" < now() - interval '5 minutes' AND NEW."timestamp" < date_trunc('day', now(), 'UTC')) EXECUTE FUNCTION public.note_late_usage();
  CREATE TRIGGER resource_usage_changed BEFORE UPDATE ON public.resource_usage FOR EACH ROW
    WHEN ((OLD.instance_id, OLD."timestamp", OLD.cpu_usage, OLD.memory_usage, OLD.memory_limit, OLD.disk_usage, OLD.network_in, OLD.network_out, OLD.deleted_at)
          IS DISTINCT FROM
          (NEW.instance_id, NEW."timestamp", NEW.cpu_usage, NEW.memory_usage, NEW.memory_limit, NEW.disk_usage, NEW.network_in, NEW.network_out, NEW.deleted_at))
    EXECUTE FUNCTION public.keep_usage_revision();
  CREATE TRIGGER resource_usage_removed BEFORE DELETE ON public.resource_usage FOR EACH ROW EXECUTE FUNCTION public.keep_usage_revision();
END $$;
SELECT track_usage_changes(true);
CREATE TRIGGER resource_usage_writer BEFORE INSERT OR UPDATE OR DELETE ON resource_usage FOR EACH STATEMENT
  EXECUTE FUNCTION refuse_backdated_usage();

-- The latest moment of which everything is known: whoever wrote samples dated before it has committed or is gone. NULL: not to be
-- said now (before the cutover; while a role writes whose transactions ours may not see: grant it pg_read_all_stats).
-- Transactions older than a minute that have not written samples cannot any more (refuse_backdated_usage). The two seconds cover the
-- moment between a transaction's start and its showing here.
CREATE FUNCTION usage_cutoff() RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  bound timestamptz := clock_timestamp() - interval '2 seconds';
  writing integer[];
BEGIN
  IF public.usage_is_moving() THEN
    RETURN NULL;
  END IF;
  -- Sessions first, locks after: whose lock shows without a session has begun in between, after the bound.
  PERFORM pg_stat_clear_snapshot();
  PERFORM FROM pg_stat_activity LIMIT 1;
  SELECT coalesce(array_agg(coalesce(pid, 0)), '{}') INTO writing FROM pg_locks
  WHERE relation = 'public.resource_usage'::regclass AND pid IS DISTINCT FROM pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock');
  RETURN (
    WITH others AS MATERIALIZED (
      SELECT a.pid, a.xact_start, a.query = '<insufficient privilege>' AND a.xact_start IS NULL AS hidden, a.usesysid
      FROM pg_stat_activity a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid())
    SELECT CASE
      -- 0 is a prepared transaction.
      WHEN 0 = ANY (writing) OR EXISTS (SELECT FROM others WHERE hidden AND pid = ANY (writing)) THEN NULL
      ELSE least(
        bound,
        (SELECT min(xact_start) - interval '1 microsecond' FROM others WHERE xact_start > bound - interval '1 minute' OR pid = ANY (writing)),
        (SELECT bound - interval '1 minute' FROM others o JOIN pg_locks l ON l.pid = o.pid AND l.locktype = 'virtualxid'
         WHERE o.hidden AND has_table_privilege(o.usesysid, 'public.resource_usage', 'INSERT, UPDATE, DELETE') LIMIT 1)) END);
END $$;
