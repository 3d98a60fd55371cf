/** Libraries loaded in this session decide what it can see, so nothing is served before they are in and proven. */

const REPORTED = [
  'server_version', 'server_encoding', 'client_encoding', 'DateStyle', 'IntervalStyle', 'TimeZone',
  'integer_datetimes', 'standard_conforming_strings', 'is_superuser', 'session_authorization',
  'in_hot_standby', 'default_transaction_read_only', 'scram_iterations',
];

/** Opens the extension; returns what clients are told at start. Throws when compressed rows would be invisible. */
export async function openTimescale(db) {
  // PGlite starts with debug notices on; every client would get them.
  await db.exec('SET client_min_messages = warning');
  const version = (await db.query("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'")).rows[0]?.extversion;
  if (version) {
    // Without these two, in this order and as two commands, compressed rows are silently missing from every answer.
    await db.exec(`LOAD '$libdir/timescaledb-${version}'`);
    await db.exec(`LOAD '$libdir/timescaledb-tsl-${version}'`);
  } else {
    await db.exec('CREATE EXTENSION timescaledb');
  }
  await proveCompression(db);
  const parameters = {};
  for (const name of REPORTED) parameters[name] = Object.values((await db.query(`SHOW ${name}`)).rows[0])[0];
  return { parameters };
}

async function proveCompression(db) {
  const [chunk] = (
    await db.query(`
      SELECT format('%I.%I', c.schema_name, c.table_name) AS chunk, format('%I.%I', z.schema_name, z.table_name) AS compressed
      FROM _timescaledb_catalog.chunk c JOIN _timescaledb_catalog.chunk z ON z.id = c.compressed_chunk_id
      WHERE NOT c.dropped ORDER BY pg_relation_size(format('%I.%I', z.schema_name, z.table_name)::regclass) = 0,
            pg_relation_size(format('%I.%I', z.schema_name, z.table_name)::regclass) LIMIT 1`)
  ).rows;
  const { compressed, visible } = chunk ? await countBoth(db, chunk) : await compressOne(db);
  if (Number(visible) < Number(compressed)) {
    throw new Error(
      `compressed rows are not visible (${visible} of ${compressed}${chunk ? ` in ${chunk.chunk}` : ''}): ` +
        'the TimescaleDB libraries did not load as they must; the data is intact, but serving it would show wrong answers',
    );
  }
}

const countBoth = async (db, { chunk, compressed }) =>
  (await db.query(`SELECT (SELECT coalesce(sum(_ts_meta_count), 0) FROM ${compressed}) AS compressed, (SELECT count(*) FROM ${chunk}) AS visible`)).rows[0];

// Nothing compressed yet: a row of our own, compressed and read inside a transaction that leaves nothing behind.
async function compressOne(db) {
  await db.exec(`BEGIN; CREATE TABLE gateway_proof (at timestamptz NOT NULL, n int);
    SELECT create_hypertable('gateway_proof', 'at', create_default_indexes => false);
    ALTER TABLE gateway_proof SET (timescaledb.compress);
    INSERT INTO gateway_proof VALUES ('2020-01-01', 1);
    SELECT compress_chunk(c) FROM show_chunks('gateway_proof') c`);
  const { visible } = (await db.query('SELECT count(*) AS visible FROM gateway_proof WHERE n = 1')).rows[0];
  await db.exec('ROLLBACK');
  return { compressed: 1, visible };
}
