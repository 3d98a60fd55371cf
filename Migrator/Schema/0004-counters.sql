-- Bytes moved, from readings of a counter that falls back to zero when its container restarts: a rise counts by its
-- difference, after a fall the new reading counts whole. Written as last - first + (reading before each fall), which
-- is the same sum. Window functions are not allowed in continuous aggregates, so these take arrays.

-- Readings in order of time, without NULL. NULL when there is none, 0 when there is one.
CREATE FUNCTION counter_increase(readings bigint[]) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  total numeric;
  previous bigint;
  reading bigint;
BEGIN
  IF coalesce(cardinality(readings), 0) = 0 THEN
    RETURN NULL;
  END IF;
  total := readings[cardinality(readings)]::numeric - readings[1];
  FOREACH reading IN ARRAY readings LOOP
    IF reading < previous THEN
      total := total + previous;
    END IF;
    previous := reading;
  END LOOP;
  RETURN total;
END $$;

-- What lies between successive buckets: from the last reading of one to the first of the next.
CREATE FUNCTION counter_increase_between(firsts bigint[], lasts bigint[]) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  total numeric := 0;
BEGIN
  FOR i IN 2 .. coalesce(cardinality(firsts), 0) LOOP
    IF firsts[i] < lasts[i - 1] THEN
      total := total + firsts[i];
    ELSE
      total := total + firsts[i] - lasts[i - 1];
    END IF;
  END LOOP;
  RETURN total;
END $$;
