-- Day lines, rate cards and statements: see docs/metering.md. Quantities are whole base units (byte-milliseconds, core-nanoseconds, bytes).

-- One runner at a time; each of its transactions locks this row and proves that the claim still holds.
CREATE TABLE metering_state (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  claimed_by uuid,
  claimed_until timestamptz NOT NULL DEFAULT '-infinity',
  days_through date             -- lines of every instance stand up to this day
);
INSERT INTO metering_state DEFAULT VALUES;

-- How long a sample speaks for its instance at most, by the sample's own day. NULL: three of the instance's usual intervals.
CREATE TABLE metering_gap_rules (
  valid_from date PRIMARY KEY,
  max_gap_ms bigint CHECK (max_gap_ms > 0)
);
INSERT INTO metering_gap_rules VALUES ('-infinity', NULL);

-- Who had an instance from when on. What is used on a day is charged to whom the instance had at the day's end.
CREATE TABLE instance_owners (
  instance_id uuid NOT NULL,
  owned_from timestamptz NOT NULL,
  user_id uuid,
  PRIMARY KEY (instance_id, owned_from)
);
CREATE INDEX instance_owners_user_id_idx ON instance_owners (user_id);
INSERT INTO instance_owners SELECT id, '-infinity', user_id FROM instances;

-- The first owner known also had what came before: samples may come before their instance is registered.
CREATE FUNCTION keep_instance_owner() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  latest public.instance_owners := (SELECT o FROM public.instance_owners o WHERE o.instance_id = NEW.id ORDER BY o.owned_from DESC LIMIT 1);
BEGIN
  IF latest.instance_id IS NULL THEN
    INSERT INTO public.instance_owners VALUES (NEW.id, '-infinity', NEW.user_id);
  ELSIF latest.user_id IS DISTINCT FROM NEW.user_id THEN
    INSERT INTO public.instance_owners VALUES (NEW.id, now(), NEW.user_id)
    ON CONFLICT (instance_id, owned_from) DO UPDATE SET user_id = excluded.user_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER instances_owner AFTER INSERT OR UPDATE OF user_id ON instances FOR EACH ROW EXECUTE FUNCTION keep_instance_owner();

CREATE FUNCTION instance_owner_on(instance uuid, on_day date) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT o.user_id FROM public.instance_owners o
  WHERE o.instance_id = instance AND o.owned_from < (on_day + 1)::timestamp AT TIME ZONE 'UTC'
  ORDER BY o.owned_from DESC LIMIT 1
$$;

-- Prices from a month on. A version is never changed; the newest of those with the latest valid_from counts.
CREATE TABLE rate_cards (
  version integer PRIMARY KEY,
  valid_from date NOT NULL CHECK (extract(day FROM valid_from) = 1),
  currency text NOT NULL,
  decimals integer NOT NULL,
  items jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE statements (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  month date NOT NULL CHECK (extract(day FROM month) = 1),
  rate_card integer NOT NULL REFERENCES rate_cards (version),
  total numeric NOT NULL,
  covered_ms bigint NOT NULL,
  uncovered_ms bigint NOT NULL,
  cutoff timestamptz NOT NULL,
  digest text NOT NULL,         -- SHA-256 over the canonical text, hexadecimal
  frozen_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (user_id, month)       -- two runners freeze once
);
CREATE INDEX statements_month_idx ON statements (month, id);

CREATE TABLE statement_lines (
  statement_id uuid NOT NULL REFERENCES statements (id),
  position integer NOT NULL,
  instance_id uuid NOT NULL,
  day date,                     -- of an adjustment: the day that it corrects
  measure text NOT NULL,
  rate_card integer NOT NULL REFERENCES rate_cards (version),
  unit text,
  price numeric NOT NULL,
  quantity numeric NOT NULL,
  free numeric NOT NULL,
  amount numeric NOT NULL,
  PRIMARY KEY (statement_id, position)
);

-- One line an instance and day. A line that a statement holds is never changed: what comes later makes the next revision.
CREATE TABLE usage_days (
  instance_id uuid NOT NULL,
  day date NOT NULL,
  revision integer NOT NULL,
  cpu_core_ns numeric NOT NULL,
  memory_byte_ms numeric NOT NULL,
  disk_byte_ms numeric NOT NULL,
  network_in_bytes numeric NOT NULL,
  network_out_bytes numeric NOT NULL,
  covered_ms bigint NOT NULL,
  uncovered_ms bigint NOT NULL,
  samples integer NOT NULL,
  restarts integer NOT NULL,
  max_gap_ms bigint NOT NULL,
  opening text NOT NULL,        -- what reached into the day: last sample and counter readings before it
  closing text NOT NULL,        -- the day's own last counter readings
  rows_sha256 text NOT NULL,
  digest text NOT NULL,
  cutoff timestamptz NOT NULL,  -- computed over what was received by then
  statement_id uuid REFERENCES statements (id),
  PRIMARY KEY (instance_id, day, revision)
);
CREATE INDEX usage_days_day_idx ON usage_days (day);
CREATE INDEX usage_days_open_idx ON usage_days (day) WHERE statement_id IS NULL;
CREATE INDEX usage_days_statement_idx ON usage_days (statement_id) WHERE statement_id IS NOT NULL;

-- Soft limits: telling is all that happens.
CREATE TABLE budgets (
  user_id uuid PRIMARY KEY,
  amount numeric NOT NULL CHECK (amount > 0),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE budget_alerts (
  user_id uuid NOT NULL,
  month date NOT NULL,
  percent integer NOT NULL,
  budget numeric NOT NULL,
  spent numeric NOT NULL,
  currency text NOT NULL,
  raised_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, month, percent)
);
