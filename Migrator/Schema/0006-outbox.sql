-- Written in the transaction of what it tells; the relay publishes a row and deletes it once the broker has confirmed.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id uuid NOT NULL DEFAULT gen_random_uuid(),
  message_type text NOT NULL,
  body jsonb NOT NULL,
  traceparent text,
  tracestate text,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Rows of the original that could not be moved as they are: source = moved + quarantined.
CREATE TABLE migration_quarantine (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_table text NOT NULL,
  "row" jsonb,
  reason text NOT NULL,
  window_start timestamptz,
  quarantined_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX migration_quarantine_source_idx ON migration_quarantine (source_table, window_start);
