-- A session keeps the plan of a trigger's statement. One made while the table was empty scans all of it for each row of an import.
ALTER FUNCTION note_alert_target() SET enable_seqscan = off;
ALTER FUNCTION keep_instance_owner() SET enable_seqscan = off;
