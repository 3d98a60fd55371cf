-- Samples moved whose created_at could not be (0001-01-01, infinity): they count as received at their own time.
ALTER TABLE migration_windows ADD COLUMN redated_rows bigint NOT NULL DEFAULT 0;
