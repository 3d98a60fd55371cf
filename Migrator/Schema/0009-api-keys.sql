-- The key itself is shown once, when it is made; 256 random bits need no salt and no slow hash.
CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  hash bytea NOT NULL UNIQUE,             -- SHA-256
  scopes text[] NOT NULL,
  user_id uuid REFERENCES users (id),     -- bound to the instances of this user
  instance_id uuid,                       -- bound to this instance; neither: the platform's
  registers_instances boolean NOT NULL DEFAULT false,
  samples_per_second integer,             -- null: no limit, as the next two
  burst integer,
  new_instances_per_day integer,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);
