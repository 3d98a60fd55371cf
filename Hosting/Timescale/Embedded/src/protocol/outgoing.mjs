import { createReadStream, rmSync } from 'node:fs';
import { Transform } from 'node:stream';

// More than this unread by the client, and its next batch waits.
const BACKLOG_LIMIT = 1024 * 1024;

/** What goes out to one client, in order: bytes from memory, and files with what it was too slow to take at once. */
export class Outgoing {
  #socket;
  #queue = [];
  #file;
  #waiting = 0;
  #onDrain;

  /** `onDrain` is called when a backlog has gone. */
  constructor(socket, onDrain) {
    this.#socket = socket;
    this.#onDrain = onDrain;
    socket.on('close', () => this.#drop());
  }

  /** True while the client has so much to read that it gets nothing new. */
  get backlogged() {
    return this.#file !== undefined || this.#waiting > BACKLOG_LIMIT;
  }

  /** True when more piles up than can be kept for a client that does not read. */
  get hopeless() {
    return this.#waiting > 16 * BACKLOG_LIMIT || this.#queue.length > 16 * 1024;
  }

  /** `taken` is called once the bytes are with the client's side of the connection, or never will be. */
  write(bytes, taken = () => {}) {
    if (!this.#socket.writable) return taken();
    if (this.#file) return void this.#queue.push({ bytes, taken });
    this.#waiting += bytes.length;
    this.#socket.write(bytes, () => {
      const clogged = this.backlogged;
      this.#waiting -= bytes.length;
      taken();
      if (clogged && !this.backlogged) this.#onDrain();
    });
  }

  /** Sends a file through `route`, and removes it. */
  file({ path }, route) {
    if (!this.#socket.writable) return rmSync(path);
    if (this.#file) return void this.#queue.push({ path, route });
    this.#file = createReadStream(path, { highWaterMark: 256 * 1024 });
    this.#file.on('open', () => rmSync(path));
    this.#file.on('error', (error) => this.#socket.destroy(error));
    const routed = this.#file.pipe(new Transform({ transform: (bytes, _, done) => done(null, route(bytes)) }));
    routed.on('end', () => this.#next());
    routed.pipe(this.#socket, { end: false });
  }

  /** Everything written is sent, then the connection ends. */
  end() {
    if (this.#file) this.#queue.push({ end: true });
    else this.#socket.end();
  }

  #next() {
    this.#file = undefined;
    while (this.#queue.length > 0 && !this.#file) {
      const { bytes, taken, path, route, end } = this.#queue.shift();
      if (bytes) this.write(bytes, taken);
      else if (path) this.file({ path }, route);
      else if (end) this.#socket.end();
    }
    if (!this.backlogged) this.#onDrain();
  }

  #drop() {
    this.#file?.destroy();
    this.#file = undefined;
    for (const { path, taken } of this.#queue) {
      if (path) rmSync(path);
      taken?.();
    }
    this.#queue = [];
  }
}
