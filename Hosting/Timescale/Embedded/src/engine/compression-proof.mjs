// Rows that were compressed must be visible: whether they are depends on libraries, and their absence is no error.

const SMALLEST_CHUNK = `
  SELECT format('%I.%I', c.schema_name, c.table_name), format('%I.%I', z.schema_name, z.table_name)
  FROM _timescaledb_catalog.chunk c JOIN _timescaledb_catalog.chunk z ON z.id = c.compressed_chunk_id
  WHERE NOT c.dropped
  ORDER BY pg_relation_size(format('%I.%I', z.schema_name, z.table_name)::regclass) = 0,
           pg_relation_size(format('%I.%I', z.schema_name, z.table_name)::regclass)
  LIMIT 1`;

// Nothing compressed yet: a row of our own, compressed and read inside a transaction that leaves nothing behind.
const rowOfOurOwn = (schema) => `
  BEGIN;
  CREATE TABLE public.gateway_proof (at timestamptz NOT NULL, n int);
  SELECT ${schema}.create_hypertable('public.gateway_proof', 'at', create_default_indexes => false);
  ALTER TABLE public.gateway_proof SET (timescaledb.compress);
  INSERT INTO public.gateway_proof VALUES ('2020-01-01', 1);
  SELECT ${schema}.compress_chunk(c) FROM ${schema}.show_chunks('public.gateway_proof') c`;

/** Counts a compressed chunk both ways; where there is none, compresses a row to see, or lets it be. Throws when rows are missing. */
export async function proveCompression(sql, { thorough = true } = {}) {
  const [chunk] = await sql(SMALLEST_CHUNK);
  if (!chunk && !thorough) return;
  const [compressed, visible] = chunk ? await countBoth(sql, chunk) : [1, await compressOne(sql)];
  if (visible < compressed) {
    throw new Error(
      `compressed rows are not visible (${visible} of ${compressed}${chunk ? ` in ${chunk[0]}` : ''}): ` +
        'the TimescaleDB libraries did not load as they must; the data is intact, but serving it would show wrong answers',
    );
  }
}

async function countBoth(sql, [chunk, compressed]) {
  const [counts] = await sql(`SELECT (SELECT coalesce(sum(_ts_meta_count), 0) FROM ${compressed}), (SELECT count(*) FROM ${chunk})`);
  return counts.map(Number);
}

async function compressOne(sql) {
  try {
    const [[schema]] = await sql("SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'timescaledb'");
    await sql(rowOfOurOwn(schema));
    return Number((await sql('SELECT count(*) FROM public.gateway_proof WHERE n = 1'))[0][0]);
  } finally {
    await sql('ROLLBACK');
  }
}
