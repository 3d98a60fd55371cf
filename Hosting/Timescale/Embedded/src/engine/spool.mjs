import { closeSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const PREFIX = 'unread-';

/** Removes what a gateway that was killed has left. */
export function removeSpools(directory) {
  for (const name of readdirSync(directory)) if (name.startsWith(PREFIX)) rmSync(join(directory, name), { force: true });
}

/** The rest of an answer whose client does not read: in a file, so that neither the session nor the memory waits for it. */
export class Spool {
  path;
  size = 0;
  #fd;
  #most;

  constructor(directory, most) {
    this.path = join(directory, `${PREFIX}${Math.random().toString(36).slice(2)}`);
    this.#fd = openSync(this.path, 'wx', 0o600);
    this.#most = most;
  }

  /** False when there is no room for it. */
  write(bytes) {
    if (this.size + bytes.length > this.#most) return false;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') throw error;
      return false;
    }
    this.size += bytes.length;
    return true;
  }

  close() {
    closeSync(this.#fd);
  }
}
