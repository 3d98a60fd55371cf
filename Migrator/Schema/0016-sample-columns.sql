-- Columns of the original's samples that were moved, as it spells them: of one that it drops later the target alone holds the values.
ALTER TABLE migration_runs ADD COLUMN sample_columns text[] NOT NULL DEFAULT '{}';
