-- False until the rollups hold what was copied last: a pass killed between the two leaves it to the next one.
ALTER TABLE migration_windows ADD COLUMN rolled_up boolean NOT NULL DEFAULT false;
