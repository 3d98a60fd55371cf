-- A commit names every instance it has rows of. Packing those ids took 8 % of the database's CPU time and saved little: they are random.
ALTER TABLE outbox ALTER COLUMN body SET STORAGE EXTERNAL;
