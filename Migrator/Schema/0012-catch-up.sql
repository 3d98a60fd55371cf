-- What further passes and the cutover need to know.
ALTER TABLE migration_windows ADD COLUMN source_version numeric;  -- sum of the hashes of the original's rows when it was copied
ALTER TABLE migration_runs ADD COLUMN cutover_at timestamptz;     -- from here on the target takes samples that the original lacks
