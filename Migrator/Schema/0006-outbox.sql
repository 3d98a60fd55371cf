-- Written in the transaction of what it tells. A relay leases a row, publishes it and deletes it once the broker has confirmed: no
-- transaction stays open over the broker, so several relays work side by side and the one session of the embedded database stays free.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id uuid NOT NULL DEFAULT gen_random_uuid(),
  message_type text NOT NULL,
  body jsonb NOT NULL,
  traceparent text,
  tracestate text,
  created_at timestamptz NOT NULL DEFAULT now(),
  claimed_until timestamptz               -- infinity: it can never be published and waits for an operator
);
