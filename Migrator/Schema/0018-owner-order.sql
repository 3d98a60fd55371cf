-- Two transactions may end in another order than they began; the instance's row lock says which change of owner was last.
CREATE OR REPLACE FUNCTION keep_instance_owner() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  latest public.instance_owners := (SELECT o FROM public.instance_owners o WHERE o.instance_id = NEW.id ORDER BY o.owned_from DESC LIMIT 1);
BEGIN
  IF latest.instance_id IS NULL THEN
    INSERT INTO public.instance_owners VALUES (NEW.id, '-infinity', NEW.user_id);
  ELSIF latest.user_id IS DISTINCT FROM NEW.user_id THEN
    INSERT INTO public.instance_owners VALUES (NEW.id, greatest(now(), latest.owned_from + interval '1 microsecond'), NEW.user_id);
  END IF;
  RETURN NULL;
END $$;
