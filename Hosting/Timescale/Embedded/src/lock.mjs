import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';

export class LockedError extends Error {}

const listen = (server, path) =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });

const answers = (path) =>
  new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });

/**
 * Takes the data directory for this process. The lock is a listening Unix socket, named by the directory's identity:
 * in Linux's abstract namespace the kernel drops it with the process, so kill -9 leaves nothing stale behind.
 * Elsewhere it is a socket file, stale when nobody answers on it.
 */
export async function lock(directory) {
  const { dev, ino } = statSync(directory);
  const identity = createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 24);
  const abstract = process.platform === 'linux';
  const path = abstract ? `\0launchstack-embedded-${identity}` : join(directory, 'gateway.sock');
  const owner = join(directory, 'gateway.pid');

  const server = createServer((socket) => socket.destroy());
  server.unref();
  try {
    await listen(server, path);
  } catch (error) {
    if (error.code !== 'EADDRINUSE') throw error;
    if (abstract || (await answers(path))) {
      let pid = '';
      try {
        pid = ` (process ${readFileSync(owner, 'utf8').trim()})`;
      } catch { /* it has not written its number yet */ }
      throw new LockedError(`${directory} is in use by another gateway${pid}: stop that one, or give --data another directory`);
    }
    rmSync(path);
    await listen(server, path);
  }
  writeFileSync(owner, `${process.pid}\n`);
  return () => {
    rmSync(owner, { force: true });
    server.close();
  };
}
