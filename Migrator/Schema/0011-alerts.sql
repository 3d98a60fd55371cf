-- Alerts (docs/alerts.md). What a tick is evaluated over can be read again later: samples by received_at, rules by the span in
-- which a version held, instances by alert_targets. So a replay gives the stored transitions again.

CREATE TABLE alert_rules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  version integer NOT NULL DEFAULT 1,       -- the newest
  muted_until timestamptz,                  -- keeps notifications back, nothing else
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

-- A version is never changed. It is evaluated at the ticks in [valid_from, valid_to).
CREATE TABLE alert_rule_versions (
  rule_id uuid NOT NULL REFERENCES alert_rules (id),
  version integer NOT NULL,
  name text NOT NULL,
  measure text NOT NULL,
  aggregate text,                           -- average or maximum over the span; null: the measure is no series
  span interval,
  above numeric NOT NULL,                   -- raised above this
  raise_after interval NOT NULL,            -- for that long
  below numeric NOT NULL,                   -- cleared below this
  clear_after interval NOT NULL,
  severity text NOT NULL,
  user_id uuid,                             -- scope: this user's instances
  instance_id uuid,                         -- scope: this instance; neither: all
  enabled boolean NOT NULL,
  valid_from timestamptz NOT NULL DEFAULT now(),
  valid_to timestamptz,
  PRIMARY KEY (rule_id, version)
);

-- How far the evaluation is: the tick is moved on in the transaction that writes what the tick brought, and only from the tick
-- that was read before. So of two aggregators one writes it, once.
CREATE TABLE alert_progress (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  first_tick timestamptz,
  tick timestamptz,
  claimed_by uuid,                          -- spares the others the reading; a claim that ends by a crash ends by time
  claimed_until timestamptz
);
INSERT INTO alert_progress DEFAULT VALUES;

-- The state of a rule's version and an instance (the nil UUID: the platform). None: it has never had a value.
CREATE TABLE alert_states (
  rule_id uuid NOT NULL,
  version integer NOT NULL,
  instance_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('inactive', 'pending', 'firing', 'recovering', 'silent')),
  held integer NOT NULL,                    -- ticks with evidence since it is pending or recovering
  since timestamptz NOT NULL,               -- tick at which it left inactive, or came back
  value numeric,
  last_at timestamptz,                      -- of a silent instance: its last sample
  known_since timestamptz NOT NULL,         -- tick of the first value
  PRIMARY KEY (rule_id, version, instance_id)
);

CREATE TABLE alert_transitions (
  rule_id uuid NOT NULL,
  version integer NOT NULL,
  instance_id uuid NOT NULL,
  tick timestamptz NOT NULL,
  from_state text NOT NULL,
  to_state text NOT NULL,
  held integer NOT NULL,
  since timestamptz NOT NULL,
  value numeric,
  last_at timestamptz,
  reason text NOT NULL,
  PRIMARY KEY (rule_id, version, instance_id, tick)
);
CREATE INDEX alert_transitions_tick_idx ON alert_transitions (rule_id, version, tick);

-- What was raised. Its id follows from rule, version, instance and since.
CREATE TABLE alerts (
  id uuid PRIMARY KEY,
  rule_id uuid NOT NULL,
  version integer NOT NULL,
  instance_id uuid NOT NULL,
  user_id uuid,
  severity text NOT NULL,
  measure text NOT NULL,
  state text NOT NULL CHECK (state IN ('firing', 'recovering', 'resolved')),
  value numeric NOT NULL,
  "limit" numeric NOT NULL,
  since timestamptz NOT NULL,
  raised_at timestamptz NOT NULL,
  resolved_at timestamptz,
  resolution text
);
CREATE INDEX alerts_open_idx ON alerts (rule_id) WHERE resolved_at IS NULL;
CREATE INDEX alerts_raised_idx ON alerts (raised_at DESC, id);
CREATE INDEX alerts_instance_idx ON alerts (instance_id, raised_at DESC);
CREATE INDEX alerts_user_idx ON alerts (user_id, raised_at DESC);

CREATE TABLE notification_routes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('log', 'webhook', 'email')),
  severities text[] NOT NULL,
  user_id uuid,                             -- only alerts of this user's instances
  target text,                              -- URL, or addresses with commas between
  secret bytea,                             -- signs; never answered
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
-- Always there: what nobody has a route for is told here too.
INSERT INTO notification_routes (name, kind, severities) VALUES ('log', 'log', '{info,warning,critical}');

CREATE TABLE notifications (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),   -- the idempotency key
  route_id uuid NOT NULL REFERENCES notification_routes (id),
  state text NOT NULL CHECK (state IN ('collecting', 'waiting', 'sent', 'failed')),
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  claimed_until timestamptz,
  payload text,                             -- fixed at the first attempt, so that each repeats the same bytes
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz
);
CREATE UNIQUE INDEX notifications_collecting_idx ON notifications (route_id) WHERE state = 'collecting';
CREATE INDEX notifications_due_idx ON notifications (due_at) WHERE state IN ('collecting', 'waiting');
CREATE INDEX notifications_created_idx ON notifications (created_at DESC, id);

CREATE TABLE notification_alerts (
  alert_id uuid NOT NULL,
  route_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('raised', 'repeated', 'resolved')),
  created_at timestamptz NOT NULL DEFAULT now(),
  notification_id uuid NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
  PRIMARY KEY (alert_id, route_id, kind, created_at)
);
CREATE INDEX notification_alerts_notification_idx ON notification_alerts (notification_id);

-- Whose an instance was, whether it was meant to run and with how many cores, by the time at which that became so.
CREATE TABLE alert_targets (
  instance_id uuid NOT NULL,
  changed_at timestamptz NOT NULL,
  user_id uuid,
  present_since timestamptz,                -- null: stopped on purpose, or deleted
  cpu_limit double precision,
  PRIMARY KEY (instance_id, changed_at)
);

CREATE FUNCTION is_instance_present(status text, deleted_at timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT deleted_at IS NULL AND coalesce(lower(status), '') NOT IN
    ('stopped', 'stopping', 'paused', 'suspended', 'exited', 'deleted', 'deleting', 'terminated', 'terminating', 'archived')
$$;

CREATE FUNCTION note_alert_target() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  subject instances := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  present boolean := TG_OP <> 'DELETE' AND is_instance_present(subject.status, subject.deleted_at);
  previous alert_targets;
  since timestamptz := now();
BEGIN
  SELECT * INTO previous FROM alert_targets t WHERE t.instance_id = subject.id ORDER BY t.changed_at DESC LIMIT 1;
  IF NOT FOUND THEN
    -- An instance that was moved here with its samples was there as early as they were.
    since := greatest(least(subject.created_at, now()), '1970-01-01Z');
  ELSIF previous.changed_at >= since THEN
    -- Two transactions may end in another order than they began; the row's lock says which one was last.
    since := previous.changed_at + interval '1 microsecond';
  END IF;
  INSERT INTO alert_targets VALUES (
    subject.id, since, subject.user_id, CASE WHEN present THEN coalesce(previous.present_since, since) END, subject.cpu_limit);
  RETURN NULL;
END $$;

CREATE TRIGGER instances_alert_target_made AFTER INSERT OR DELETE ON instances
FOR EACH ROW EXECUTE FUNCTION note_alert_target();
CREATE TRIGGER instances_alert_target_changed AFTER UPDATE OF user_id, status, deleted_at, cpu_limit ON instances
FOR EACH ROW WHEN ((OLD.user_id, OLD.cpu_limit, is_instance_present(OLD.status, OLD.deleted_at))
    IS DISTINCT FROM (NEW.user_id, NEW.cpu_limit, is_instance_present(NEW.status, NEW.deleted_at)))
EXECUTE FUNCTION note_alert_target();

INSERT INTO alert_targets
SELECT id, at, user_id, CASE WHEN is_instance_present(status, deleted_at) THEN at END, cpu_limit
FROM (SELECT *, greatest(least(created_at, now()), '1970-01-01Z') AS at FROM instances) i;

-- Whether nothing with a received_at, changed_at or valid_from up to the cutoff can still be committed: these are the start of their
-- transaction. usage_cutoff knows all transactions of the last minute and those that write samples.
CREATE FUNCTION is_alert_cutoff_settled(cutoff timestamptz) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT usage_cutoff() >= cutoff AND NOT EXISTS (
    SELECT FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start <= cutoff AND l.mode = 'RowExclusiveLock'
      AND l.relation IN ('alert_targets'::regclass, 'alert_rule_versions'::regclass))
$$;

-- A tick looks at the last minutes of all instances. Rows lie in the order in which they came, so a few hundred bytes a megabyte tell
-- which pages to read; the unique index would lead to one row a page (decision 0012).
CREATE INDEX resource_usage_time_idx ON resource_usage USING brin ("timestamp") WITH (autosummarize = on);
CREATE INDEX resource_usage_revisions_superseded_idx ON resource_usage_revisions USING brin (superseded_at) WITH (autosummarize = on);

-- Every fleet needs these; each can be changed, muted and deleted.
WITH defaults (name, measure, aggregate, span, above, raise_after, below, clear_after, severity) AS (VALUES
  ('CPU near its limit', 'cpu_percentage', 'average', interval '1 minute', 95, interval '10 minutes', 85, interval '2 minutes', 'warning'),
  ('Memory near its limit', 'memory_percentage', 'average', interval '1 minute', 90, interval '2 minutes', 85, interval '2 minutes', 'warning'),
  ('Memory at its limit', 'memory_percentage', 'average', interval '1 minute', 98, interval '1 minute', 95, interval '2 minutes', 'critical'),
  ('Instance silent', 'silence', NULL, NULL, 300, interval '0', 120, interval '0', 'critical'),
  ('Most instances silent', 'platform_silence', NULL, interval '90 seconds', 50, interval '0', 25, interval '1 minute', 'critical')),
rules AS (INSERT INTO alert_rules SELECT gen_random_uuid() FROM defaults RETURNING id)
INSERT INTO alert_rule_versions (rule_id, version, name, measure, aggregate, span, above, raise_after, below, clear_after, severity, enabled)
SELECT r.id, 1, d.name, d.measure, d.aggregate, d.span, d.above, d.raise_after, d.below, d.clear_after, d.severity, true
FROM (SELECT *, row_number() OVER () AS n FROM defaults) d JOIN (SELECT id, row_number() OVER () AS n FROM rules) r USING (n);
