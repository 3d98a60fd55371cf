-- A change of any column counts, also of one that came with the original: what changed since the cutover is told by received_at.

CREATE OR REPLACE FUNCTION keep_usage_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed timestamptz := greatest(OLD.received_at, now());
  given timestamptz;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    -- As stored: not every type can say what is equal. received_at by itself is no change.
    given := NEW.received_at;
    NEW.received_at := OLD.received_at;
    IF OLD *= NEW THEN
      NEW.received_at := given;
      RETURN NEW;
    END IF;
  END IF;
  IF public.usage_is_moving() THEN
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    NEW.received_at := given;
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
  CREATE TRIGGER resource_usage_changed BEFORE UPDATE ON public.resource_usage FOR EACH ROW EXECUTE FUNCTION public.keep_usage_revision();
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
