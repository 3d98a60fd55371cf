-- The relational tables of the original's second generation. Widths of the ORM (varchar(255) and the like) are
-- not repeated: no row of any generation may fail on one. Columns that only another generation has are added by
-- the migration when it meets them.
CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  clerk_user_id text UNIQUE,
  email text UNIQUE,
  username text UNIQUE,
  password_hash text,
  first_name text,
  last_name text,
  plan text DEFAULT 'free',
  pay_pal_customer_id text,
  subscription_id text,
  subscription_status text,
  current_period_end timestamptz,
  created_at timestamptz DEFAULT now(),
  updated_at timestamptz DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE instances (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid REFERENCES users (id),
  name text NOT NULL,
  description text,
  status text,
  host text,
  port bigint,
  url text,
  cpu_limit double precision,   -- cores
  memory_limit bigint,          -- MB
  storage_limit bigint,         -- GB
  container_id text,
  ip_address text,
  created_at timestamptz DEFAULT now(),
  updated_at timestamptz DEFAULT now(),
  deleted_at timestamptz,
  first_seen_at timestamptz,
  last_seen_at timestamptz,
  clock_skew interval           -- the instance's clock minus ours, when last seen
);
CREATE INDEX instances_user_id_idx ON instances (user_id);
-- Clients know an instance by one of these.
CREATE INDEX instances_name_idx ON instances (name);
CREATE INDEX instances_container_id_idx ON instances (container_id);

CREATE TABLE payments (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid REFERENCES users (id),
  amount bigint,                -- cents
  currency text DEFAULT 'usd',
  status text,
  paypal_payment_id text,
  paypal_order_id text,
  invoice_url text,
  description text,
  metadata jsonb,
  created_at timestamptz DEFAULT now(),
  updated_at timestamptz DEFAULT now()
);
CREATE INDEX payments_user_id_idx ON payments (user_id);
