-- A writer that knows its late samples notes their instances and days itself, once a transaction; the trigger, which took nearly half of
-- the time of a late row, is spared then. See docs/decisions/0013-metering.md.

-- Notes instances and days, sorted, of which the calling transaction inserts new rows after this. Days that are not over count for nothing.
CREATE FUNCTION note_usage_changes(instances uuid[], days date[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO public.usage_changes
  SELECT late.instance, late.day, now() FROM unnest(instances, days) AS late (instance, day)
  WHERE late.day BETWEEN '0001-01-02' AND (now() AT TIME ZONE 'UTC')::date - 1 AND NOT (SELECT public.usage_is_moving())
  ON CONFLICT DO NOTHING;
  SELECT set_config('launchstack.late_usage_is_noted', 'on', true);
$$;

CREATE OR REPLACE FUNCTION track_usage_changes(wanted boolean) RETURNS void LANGUAGE plpgsql AS $$
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
    WHEN (NEW."timestamp" < now() - interval '5 minutes' AND NEW."timestamp" < date_trunc('day', now(), 'UTC')
          AND (NEW.received_at > now() OR current_setting('launchstack.late_usage_is_noted', true) IS DISTINCT FROM 'on'))
    EXECUTE FUNCTION public.note_late_usage();
  CREATE TRIGGER resource_usage_changed BEFORE UPDATE ON public.resource_usage FOR EACH ROW
    WHEN ((OLD.instance_id, OLD."timestamp", OLD.cpu_usage, OLD.memory_usage, OLD.memory_limit, OLD.disk_usage, OLD.network_in, OLD.network_out, OLD.deleted_at)
          IS DISTINCT FROM
          (NEW.instance_id, NEW."timestamp", NEW.cpu_usage, NEW.memory_usage, NEW.memory_limit, NEW.disk_usage, NEW.network_in, NEW.network_out, NEW.deleted_at))
    EXECUTE FUNCTION public.keep_usage_revision();
  CREATE TRIGGER resource_usage_removed BEFORE DELETE ON public.resource_usage FOR EACH ROW EXECUTE FUNCTION public.keep_usage_revision();
END $$;

DO $$
DECLARE
  -- Not during a move.
  tracked boolean := EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'public.resource_usage'::regclass AND tgname = 'resource_usage_late');
BEGIN
  PERFORM public.track_usage_changes(false);
  PERFORM public.track_usage_changes(tracked);
END $$;
