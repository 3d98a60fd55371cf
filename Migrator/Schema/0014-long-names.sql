-- Clients know an instance by its name or its container, compared whole and whatever its length: a row of a btree has room for
-- 2,700 bytes, so that an original's instance with a longer name could not come in.
DROP INDEX instances_name_idx;
DROP INDEX instances_container_id_idx;
CREATE INDEX instances_name_hash_idx ON instances USING hash (name);
CREATE INDEX instances_container_id_hash_idx ON instances USING hash (container_id);
