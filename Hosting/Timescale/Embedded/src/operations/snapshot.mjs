// A consistent copy of the data directory while clients read and write, made as PostgreSQL's base backups are: the files
// are copied as they change, together with all log from a checkpoint before to a moment after. What started from it
// replays that log (every page's first change after the checkpoint is in it whole), as after a crash at that moment.
import { open, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { END, header, padding } from './tar.mjs';

const PIECE = 256 * 1024;
// What a base backup leaves out: the log (added from its checkpoint on), the file copied first, what a restart makes anew.
const NOT_COPIED = /^(pg_wal\/.|global\/pg_control$|postmaster\.|pg_(dynshmem|notify|serial|snapshots|stat_tmp|subtrans)\/.|(.*\/)?pgsql_tmp)|\/t\d+_\d+/;

const BEGIN = 'SELECT pg_walfile_name(redo_lsn), redo_lsn FROM pg_control_checkpoint()';
const END_OF_LOG = 'SELECT pg_walfile_name(pg_switch_wal()), (SELECT redo_lsn FROM pg_control_checkpoint())';

export class SnapshotError extends Error {}

/** The archive, piece by piece: everything under `pgdata/`. Only one at a time, since checkpoints wait for it. */
export async function* snapshot(gateway, data) {
  if (gateway.maintenance.keepsLog) throw new SnapshotError('a snapshot is being made already');
  gateway.maintenance.keepsLog = true;
  try {
    const { control, first, redo } = await gateway.chore((session) => begin(session, data));
    yield* entry('pgdata/global/pg_control', control);
    for await (const path of pathsOf(data)) {
      if (path.endsWith('/')) yield header(`pgdata/${path}`, { directory: true });
      else if (!NOT_COPIED.test(path)) yield* file(data, path);
    }
    const [last, now] = (await gateway.chore((session) => session.sql(END_OF_LOG)))[0];
    if (now !== redo) throw new SnapshotError('a checkpoint was made meanwhile, by a client or a restart of the database: begin again');
    // From here on the named log files change no more.
    const log = (await readdir(join(data, 'pg_wal'))).filter((name) => /^[0-9A-F]{24}$/.test(name) && name >= first && name <= last);
    for (const name of log.sort()) yield* file(data, `pg_wal/${name}`);
    yield END;
  } finally {
    gateway.maintenance.keepsLog = false;
  }
}

async function begin(session, data) {
  await session.sql('CHECKPOINT');
  const [[first, redo]] = await session.sql(BEGIN);
  return { first, redo, control: await readFile(join(data, 'global', 'pg_control')) };
}

// Depth first; directories end with a slash.
async function* pathsOf(root, under = '') {
  for (const item of await readdir(join(root, under), { withFileTypes: true })) {
    const path = under + item.name;
    if (item.isDirectory()) {
      yield `${path}/`;
      yield* pathsOf(root, `${path}/`);
    } else if (item.isFile()) {
      yield path;
    }
  }
}

function* entry(name, content) {
  yield header(name, { size: content.length });
  yield content;
  yield padding(content.length);
}

// A file may grow meanwhile, shrink, or go: it is copied at the size it had, the log knows the rest.
async function* file(data, path) {
  let handle;
  try {
    handle = await open(join(data, path));
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    yield header(`pgdata/${path}`, { size });
    for (let at = 0; at < size; ) {
      const piece = Buffer.alloc(Math.min(PIECE, size - at));
      const { bytesRead } = await handle.read(piece, 0, piece.length, at);
      yield bytesRead > 0 ? piece.subarray(0, bytesRead) : piece; // shrunk: zeros
      at += bytesRead || piece.length;
    }
    yield padding(size);
  } finally {
    await handle.close();
  }
}
