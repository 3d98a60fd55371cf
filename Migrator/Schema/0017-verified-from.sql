-- The oldest transaction that was open when the last verify began: what it and later ones write to the samples was not seen by it.
ALTER TABLE migration_runs ADD COLUMN verified_from xid8;
