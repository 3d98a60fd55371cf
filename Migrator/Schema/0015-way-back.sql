-- When the original last held all that the target holds, and what both sides held then: a later run writes no older value over
-- what the original has taken in since.
ALTER TABLE migration_runs
  ADD COLUMN returned_at timestamptz,
  ADD COLUMN returned_original text,
  ADD COLUMN returned_target text;
