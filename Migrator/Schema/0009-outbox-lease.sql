-- A relay leases rows before it publishes them, instead of holding a transaction open over the broker: several relays
-- work side by side, and the one session of the embedded database stays free.
ALTER TABLE outbox ADD COLUMN claimed_until timestamptz;
